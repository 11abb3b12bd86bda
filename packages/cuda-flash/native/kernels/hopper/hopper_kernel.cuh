// FlashAttention forward for sm_90a: a producer brings tiles by the copy engine, consumer
// warpgroups compute them with wgmma. Thread blocks are persistent: each goes through its share of
// all tiles.
#pragma once

#include "attnkit/dependent_launch.cuh"
#include "kernels/hopper/consumer.cuh"
#include "kernels/hopper/producer.cuh"
#include "kernels/hopper/scheduler.cuh"
#include "kernels/hopper/value_guard.cuh"

namespace attnkit::flash {

template <typename Traits>
__global__ void __launch_bounds__(Traits::kThreads, 1)
    hopper_fwd_kernel(const __grid_constant__ HopperParams params) {
#ifdef __CUDA_ARCH_FEAT_SM90_ALL
  extern __shared__ char dynamic[];
  allow_next_kernel();
  const SharedStorage<Traits> smem(dynamic);
  if (threadIdx.x == 0) {
    prefetch_map(params.q);
    prefetch_map(params.k);
    prefetch_map(params.v);
    prefetch_map(params.o);
    smem.init_barriers();
    smem.replays().init();
  }
  smem.init_ones();
  __syncthreads();
  const int warpgroup = __shfl_sync(~0u, int(threadIdx.x / kWarpgroupThreads), 0);
  if (warpgroup == 0) {
    give_up_registers<Traits::kProducerRegisters>();
    if (threadIdx.x == 0) {
      Producer<Traits>(params, smem).run();
    } else if (threadIdx.x == kSchedulerThread) {
      Scheduler<Traits>(params, smem).run();
    } else if (threadIdx.x >= kFirstGuardThread) {
      ValueGuard<Traits>(params, smem).run();
    }
  } else {
    take_registers<Traits::kConsumerRegisters>();
    Consumer<Traits>(params, smem, warpgroup - 1).run();
  }
#endif
}

}  // namespace attnkit::flash
