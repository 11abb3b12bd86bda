# What every native package shares: how a Node-API addon is compiled and linked so that the file
# loads on any Linux of the last years, with or without a driver.

set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_CXX_VISIBILITY_PRESET hidden)
set(CMAKE_VISIBILITY_INLINES_HIDDEN ON)
if(NOT CMAKE_BUILD_TYPE)
  set(CMAKE_BUILD_TYPE Release)
endif()

set(ATTNKIT_ADDON_EXPORTS "${CMAKE_CURRENT_LIST_DIR}/addon.map")

# attnkit_add_addon(<name> <source>...): a target <name> that becomes build/Release/<name>.node.
# C++ and compiler libraries are linked statically and nothing of them is exported.
function(attnkit_add_addon name)
  add_library(${name} SHARED ${ARGN} ${CMAKE_JS_SRC})
  set_target_properties(${name} PROPERTIES
    PREFIX "" SUFFIX ".node"
    LIBRARY_OUTPUT_DIRECTORY "${CMAKE_CURRENT_BINARY_DIR}/Release")
  target_include_directories(${name} PRIVATE ${CMAKE_JS_INC})
  file(READ "${CMAKE_CURRENT_SOURCE_DIR}/package.json" package_json)
  string(JSON package_version GET "${package_json}" version)
  target_compile_definitions(${name} PRIVATE
    NAPI_VERSION=8 ATTNKIT_VERSION="${package_version}")
  target_compile_options(${name} PRIVATE
    $<$<COMPILE_LANGUAGE:CXX>:-Wall -Wextra -ffunction-sections -fdata-sections>)
  target_link_libraries(${name} PRIVATE ${CMAKE_JS_LIB})
  if(CMAKE_SYSTEM_NAME STREQUAL "Linux")
    target_link_options(${name} PRIVATE
      -static-libstdc++ -static-libgcc -Wl,--exclude-libs,ALL -Wl,--gc-sections
      "-Wl,--version-script,${ATTNKIT_ADDON_EXPORTS}"
      $<$<CONFIG:Release>:-s>)
  endif()
endfunction()
