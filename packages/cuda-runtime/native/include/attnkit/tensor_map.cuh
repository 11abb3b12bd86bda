// Tiles by the copy engine: between a tensor that a map describes, in dimensions (head dim, token,
// head, batch), and shared memory. What lies outside of the tensor is zero when it is loaded and
// left alone when it is stored.
#pragma once

#include <cuda.h>

#include <cstdint>

#include "attnkit/mbarrier.cuh"

namespace attnkit {

// The coordinates of a box's first element.
struct TileCoordinates {
  int column;
  int token;
  int head;
  int batch;
};

__device__ __forceinline__ void prefetch_map(const CUtensorMap& map) {
  asm volatile("prefetch.tensormap [%0];" ::"l"(&map) : "memory");
}

// One thread starts it; the bytes of the whole box, zeros included, complete on `barrier`.
__device__ __forceinline__ void load_tile(uint32_t smem, const CUtensorMap& map,
                                          const TileCoordinates& at, BarrierAddress barrier) {
  asm volatile(
      "cp.async.bulk.tensor.4d.shared::cluster.global.mbarrier::complete_tx::bytes "
      "[%0], [%1, {%3, %4, %5, %6}], [%2];" ::"r"(smem),
      "l"(&map), "r"(barrier), "r"(at.column), "r"(at.token), "r"(at.head), "r"(at.batch)
      : "memory");
}

// One thread starts it, after fence_for_copy_engine() and a barrier of the threads that wrote.
__device__ __forceinline__ void store_tile(const CUtensorMap& map, uint32_t smem,
                                           const TileCoordinates& at) {
  asm volatile(
      "cp.async.bulk.tensor.4d.global.shared::cta.bulk_group [%0, {%2, %3, %4, %5}], [%1];" ::"l"(
          &map),
      "r"(smem), "r"(at.column), "r"(at.token), "r"(at.head), "r"(at.batch)
      : "memory");
}

__device__ __forceinline__ void commit_stores() {
  asm volatile("cp.async.bulk.commit_group;" ::: "memory");
}

// Until all stores that this thread has committed have read shared memory.
__device__ __forceinline__ void wait_until_stores_have_read() {
  asm volatile("cp.async.bulk.wait_group.read 0;" ::: "memory");
}

__device__ __forceinline__ void wait_for_stores() {
  asm volatile("cp.async.bulk.wait_group 0;" ::: "memory");
}

// Shared memory that this thread wrote may be read by the copy engine and by wgmma, once a barrier
// has been passed.
__device__ __forceinline__ void fence_for_copy_engine() {
  asm volatile("fence.proxy.async.shared::cta;" ::: "memory");
}

}  // namespace attnkit
