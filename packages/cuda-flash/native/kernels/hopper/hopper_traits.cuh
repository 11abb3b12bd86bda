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
          int kQueryStages_, int kSwizzleBytes_, bool kPingPong_, bool kSumsByProduct_,
          int kPolynomialOf16_>
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
  static constexpr int kTileSlots = round_up(kQueryStages + 3, kQueryStages);
  // Whether warpgroups take turns: one issues products while the others exponentiate.
  static constexpr bool kPingPong = kPingPong_;
  // Whether sums of rows come from the product with the values, by columns of ones behind them: it
  // spares the additions, and adds up what is multiplied with the values.
  static constexpr bool kSumsByProduct = kSumsByProduct_;
  // How many of every 16 exponentials are computed by multiplications and additions, which spares
  // the unit that short head dims wait for.
  static constexpr int kPolynomialOf16 = kPolynomialOf16_;
  static_assert(kPolynomialOf16 == 0 || kSumsByProduct, "additions are spared for it");

  static constexpr int kWarpgroupM = 64;
  static constexpr int kBlockM = kConsumers * kWarpgroupM;
  static constexpr int kThreads = (kConsumers + 1) * kWarpgroupThreads;
  // What a thread starts with; all threads together may not have more afterwards.
  static constexpr int kRegisters = 65536 / kThreads / 8 * 8;
  static constexpr int kConsumerRegisters =
      (kRegisters * (kConsumers + 1) - 32) / kConsumers / 8 * 8;
  static constexpr int kProducerRegisters =
      kRegisters * (kConsumers + 1) - kConsumers * kConsumerRegisters;

  static constexpr int kHeadSteps = (kHeadDim + 15) / 16;                      // k-steps of Q K^T
  static constexpr int kKeySteps = kBlockN / 16;                               // and of P V
  static constexpr int kScores = kBlockN / 2;                                  // of a thread
  static constexpr int kProductColumns = kHeadDim + (kSumsByProduct ? 8 : 0);  // of P V
  static constexpr int kOutputs = kProductColumns / 2;

  using QueryTile = PanelTile<kBlockM, kHeadDim, kSwizzleBytes_>;
  using KeyTile = PanelTile<kBlockN, kHeadDim, kSwizzleBytes_>;
  // As much of it as a tile of keys has is loaded; what is behind is ones.
  using ValueTile = PanelTile<kBlockN, kProductColumns, kSwizzleBytes_>;
  static_assert(!kSumsByProduct || ValueTile::kPanels > KeyTile::kPanels,
                "ones have a panel of their own");
  // Operands of products: queries and keys with their head dims in rows, values with keys in rows.
  using RowOperand = SharedOperand<kSwizzleBytes_, 16, 8 * kSwizzleBytes_>;
  using ValueOperand = SharedOperand<kSwizzleBytes_, ValueTile::kPanelBytes, 8 * kSwizzleBytes_>;
  // Results go back through the queries' memory where there is another for the next queries.
  static constexpr bool kStagesOutput = kQueryStages > 1;
};

}  // namespace attnkit::flash
