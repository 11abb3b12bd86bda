# Written by scripts/generate-variants.mjs from tuning/*.json.
set(ATTNKIT_FLASH_GENERATED
  native/generated/fa2_sm80_d16.cu
  native/generated/fa2_sm80_d32.cu
  native/generated/fa2_sm80_d48.cu
  native/generated/fa2_sm80_d64.cu
  native/generated/fa2_sm80_d80.cu
  native/generated/fa2_sm80_d96.cu
  native/generated/fa2_sm80_d128.cu
  native/generated/fa2_sm80_d160.cu
  native/generated/fa2_sm80_d192.cu
  native/generated/fa2_sm80_d256.cu
)
