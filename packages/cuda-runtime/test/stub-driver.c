/* A libcuda.so.1 that knows no device: it answers as the environment says, so that a test sees what
   the CUDA runtime makes of a driver that is too old, not ready, or broken. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

static int setting(const char* name, int otherwise) {
  const char* const value = getenv(name);
  return value == NULL ? otherwise : atoi(value);
}

int cuInit(unsigned flags) {
  (void)flags;
  return setting("STUB_INIT", 0);
}

int cuDriverGetVersion(int* version) {
  *version = setting("STUB_VERSION", 13000);
  return 0;
}

int cuGetExportTable(const void** table, const void* id) {
  (void)id;
  *table = NULL;
  return 1;
}

static int unknown_function(void) { return 999; }

int cuGetProcAddress_v2(const char* name, void** function, int version, uint64_t flags, int* status) {
  (void)version;
  (void)flags;
  *function = (void*)unknown_function;
  if (strcmp(name, "cuInit") == 0) *function = (void*)cuInit;
  if (strcmp(name, "cuDriverGetVersion") == 0) *function = (void*)cuDriverGetVersion;
  if (strcmp(name, "cuGetExportTable") == 0) *function = (void*)cuGetExportTable;
  if (strcmp(name, "cuGetProcAddress") == 0) *function = (void*)cuGetProcAddress_v2;
  if (status != NULL) *status = 0;
  return 0;
}
