// The compile-time choices of a Hopper kernel.
#pragma once

#include "attnkit/warpgroup.cuh"
#include "attnkit/wgmma.cuh"

namespace attnkit::flash {

constexpr int round_up(int a, int b) { return (a + b - 1) / b * b; }

// A tile of rows in shared memory as the copy engine writes it: panels of kSwizzleBytes, each with
// all rows, one after the other. The last panel's columns beyond the head dim are zeros.
template <int kRows_, int kColumns_, int kSwizzleBytes_>
struct PanelTile {
  static constexpr int kRows = kRows_;
  static constexpr int kColumns = kColumns_;
  static constexpr int kSwizzleBytes = kSwizzleBytes_;
  static constexpr int kPanelColumns = kSwizzleBytes / 2;
  static constexpr int kPanels = (kColumns + kPanelColumns - 1) / kPanelColumns;
  static constexpr int kPanelBytes = kRows * kSwizzleBytes;
  static constexpr int kBytes = round_up(kPanels * kPanelBytes, 1024);
};

template <typename Element_, int kHeadDim_, int kConsumers_, int kBlockN_, int kStages_,
          int kQueryStages_, int kSwizzleBytes_, bool kPingPong_>
struct HopperTraits {
  static_assert(kHeadDim_ % 8 == 0, "a product's width is a multiple of 8");
  static_assert(kBlockN_ % 16 == 0, "a k-step of P V is 16 keys");

  using Element = Element_;
  static constexpr int kHeadDim = kHeadDim_;
  static constexpr int kConsumers = kConsumers_;  // warpgroups with 64 queries each
  static constexpr int kBlockN = kBlockN_;        // keys of a step
  static constexpr int kStages = kStages_;        // key and value tiles in flight, of each
  static constexpr int kQueryStages = kQueryStages_;
  // Tiles that are described, loaded, computed or written at a time.
  static constexpr int kTileSlots = kQueryStages + 3;
  // Whether warpgroups take turns: one issues products while the others exponentiate.
  static constexpr bool kPingPong = kPingPong_;

  static constexpr int kWarpgroupM = 64;
  static constexpr int kBlockM = kConsumers * kWarpgroupM;
  static constexpr int kThreads = (kConsumers + 1) * kWarpgroupThreads;
  // All of them together may be no more than the thread block starts with.
  static constexpr int kProducerRegisters = kConsumers == 2 ? 40 : kConsumers == 3 ? 32 : 24;
  static constexpr int kConsumerRegisters = kConsumers == 2 ? 232 : kConsumers == 3 ? 160 : 112;

  static constexpr int kHeadSteps = (kHeadDim + 15) / 16;  // k-steps of Q K^T
  static constexpr int kKeySteps = kBlockN / 16;           // and of P V
  static constexpr int kScores = kBlockN / 2;              // of a thread
  static constexpr int kOutputs = kHeadDim / 2;

  using QueryTile = PanelTile<kBlockM, kHeadDim, kSwizzleBytes_>;
  using KeyTile = PanelTile<kBlockN, kHeadDim, kSwizzleBytes_>;  // of values too
  // Results go back through the queries' memory where there is another for the next queries.
  static constexpr bool kStagesOutput = kQueryStages > 1;
};

}  // namespace attnkit::flash
