//===-- PackNest.cpp - kernels that pack panels ---------------------------===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A tile is one panel.
//
//===----------------------------------------------------------------------===//

#include "codegen/Contraction.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"

using namespace mlir;

namespace mlc::codegen {
namespace {

class PackNest : public LoopNest {
public:
  PackNest(linalg::PackOp pack, int64_t lanes, const Target &target)
      : pack(pack) {
    SizesRef shape = getShape(pack.getSource());
    int64_t columnDim = pack.getInnerDimsPos()[0], stride = 1;
    SmallVector<int64_t> strides(shape.size());
    for (int64_t i = shape.size() - 1; i >= 0; stride *= shape[i--])
      strides[i] = stride;
    bool isWithin = false;
    for (int64_t i : pack.getOuterDimsPerm()) {
      ContractionDim dim{shape[i], 0, strides[i]};
      if (i == columnDim) {
        panels.n = dim;
        isWithin = true;
      } else if (isWithin) {
        addSummed(dim);
      } else {
        panels.outer.push_back(dim);
      }
    }
    if (panels.k.empty())
      panels.k.push_back({});
    panels.lanes = lanes;
    panels.lineElements =
        target.lineElements(pack.getSourceType().getElementTypeBitWidth());
    panels.tile = {1, pack.getStaticInnerTiles()[0] / lanes};
    panels.chunkSize = 1;
    panels.packed = true;
  }

  int64_t getTiles() const override { return panels.workTiles(); }
  bool mayShare(unsigned, unsigned) const override { return false; }

  LogicalResult emit(KernelBody &body) override {
    TileEmitter &e = body.e;
    SmallVector<int64_t> sizes;
    for (const ContractionDim &dim : panels.outer)
      sizes.push_back(dim.size);
    sizes.push_back(panels.panels());
    forEachTile(body, [&](Value tile) {
      Coords place = e.delinearize(tile, sizes);
      Value from = e.constant(0), panel = place.back().index;
      for (auto [dim, coord] : llvm::zip(panels.outer, place))
        from = e.add(from, e.mul(coord.index, dim.b));
      Value to = e.mul(tile, panels.kSize() * panels.panelWidth());
      int64_t last = panels.n.size - (panels.panels() - 1) * panels.columns();
      if (last == panels.columns())
        return emitPanel(body, from, panel, last, to);
      whenLast(e, panel, panels.panels(), [&](bool isLast) {
        emitPanel(body, from, panel, isLast ? last : panels.columns(), to);
      });
    });
    return success();
  }

private:
  /// Neighbours that are contiguous are one dimension.
  void addSummed(const ContractionDim &dim) {
    if (!panels.k.empty() && panels.k.back().b == dim.b * dim.size) {
      panels.k.back().size *= dim.size;
      panels.k.back().b = dim.b;
    } else {
      panels.k.push_back(dim);
    }
  }

  void emitPanel(KernelBody &body, Value from, Value panel, int64_t columns,
                 Value to) {
    TileEmitter &e = body.e;
    emitPackPanel(e, panels, e.getBuffer(pack.getSource()), from,
                  e.mul(panel, panels.columns()), columns, body.outputs[0], to);
    int64_t done = llvm::alignTo(columns, panels.lanes);
    if (done == panels.columns())
      return;
    Value zero = e.splat(e.constant(cast<TypedAttr>(e.b.getZeroAttr(
        cast<RankedTensorType>(pack.getResult().getType()).getElementType()))));
    emitLoop(e.b, e.loc, e.constant(0), e.constant(panels.kSize()), 1, {},
             [&](Value row, ValueRange) -> SmallVector<Value> {
               Value at = e.add(to, e.mul(row, panels.panelWidth()));
               for (int64_t c = done; c < panels.columns(); c += panels.lanes)
                 e.storeLinear(zero, body.outputs[0], {e.add(at, c), 1});
               return {};
             });
  }

  linalg::PackOp pack;
  /// The panels as those of a product: what packing looks at.
  ContractionPlan panels;
};

} // namespace

std::unique_ptr<LoopNest> planPack(func::FuncOp kernel, const Target &target) {
  for (auto pack : kernel.getOps<linalg::PackOp>())
    return std::make_unique<PackNest>(pack, getLanes(kernel, target), target);
  kernel.emitError("expected panels to pack in the kernel");
  return nullptr;
}

} // namespace mlc::codegen
