//===-- WindowNest.cpp - kernels around a window op -----------------------===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Pooling and its gradients. Each place of the result is computed by itself:
// from the elements of its window, or, where the result has the full shape,
// from the windows that cover it, always in the same order. So tiles write
// disjoint places, and results have the same bits at any number of threads.
//
// Vectors go along the last dimension where that is no window's (channels).
// Inside, what belongs to a step is known and unrolled; at borders, bounds are
// computed. Where a window's extremum lies is found once: in registers if no
// other window needs the elements, else beforehand, in the worker's memory.
//
//===----------------------------------------------------------------------===//

#include "codegen/LoopNest.h"
#include "codegen/WindowValues.h"

#include "mlir/Dialect/Arith/IR/Arith.h"

using namespace mlir;

namespace mlc::codegen {
namespace {

/// Elements (and operations) of a tile, about.
constexpr int64_t kTileWork = 1 << 14;
/// Elements of a worker's memory, unless one row needs more.
constexpr int64_t kScratchElements = 1 << 15;
/// Operations of a step that are unrolled.
constexpr int64_t kUnrolledStep = 32;

class WindowNest : public LoopNest {
public:
  WindowNest(func::FuncOp kernel, WindowForm window, int64_t lanes)
      : kernel(kernel), form(std::move(window)), rank(form.axes.size()) {
    chooseVectorDim(lanes);
    bool canUnroll = form.termsOfStep() <= kUnrolledStep;
    usesScratch =
        form.spreads && form.keys && !(form.areDisjoint() && canUnroll);
    for (int64_t d = 0; d < rank; ++d) {
      extents.push_back(form.spreads
                            ? form.placeExtent(d, form.keys && !usesScratch)
                            : form.windowExtent(d));
      if (form.axes[d].isWindowed() && form.spreads && !canUnroll)
        extents[d].innerBegin = extents[d].innerEnd = 0;
      if (d == vectorDim)
        continue;
      (form.axes[d].isWindowed() ? loops : outer).push_back(d);
    }
    if (usesScratch)
      layOutScratch();
    chooseRows();
  }

  int64_t getTiles() const override {
    int64_t tiles = chunks();
    for (int64_t d : outer)
      tiles *= extents[d].places;
    return tiles;
  }

  int64_t getScratchElements() const override {
    return usesScratch ? rowElements * scratchRows() : 0;
  }

  bool mayShare(unsigned, unsigned operand) const override {
    return isReadInPlace(kernel, operand);
  }

  LogicalResult emit(KernelBody &body) override {
    forEachTile(body, [&](Value tile) { emitTile(body, tile); });
    return success();
  }

private:
  //===--------------------------------------------------------------------===//
  // Division into tiles
  //===--------------------------------------------------------------------===//

  /// The last dimension if it is no window's; if it is, or has one element,
  /// another one with strides: the longest that is no window's.
  void chooseVectorDim(int64_t lanes) {
    auto isGood = [&](int64_t d) {
      return !form.axes[d].isWindowed() && form.axes[d].full > 1;
    };
    vectorDim = rank - 1;
    if (isGood(vectorDim))
      return;
    for (int64_t d = rank - 1; d >= 0; --d)
      if (isGood(d) &&
          (!isGood(vectorDim) || form.axes[d].full > form.axes[vectorDim].full))
        vectorDim = d;
    if (isGood(vectorDim) && form.axes[vectorDim].full >= lanes / 4)
      return;
    for (int64_t d = 0; d < rank; ++d)
      if (form.axes[d].isWindowed())
        vectorDim = d; // the last windowed one
  }

  /// A tile does several steps of the outermost windowed dimension.
  void chooseRows() {
    if (loops.empty())
      return;
    int64_t work = form.termsOfStep();
    for (int64_t d : loops)
      work *= d == loops.front() ? 1 : extents[d].steps;
    work *= extents[vectorDim].steps;
    int64_t steps = extents[loops.front()].steps;
    rows = std::clamp<int64_t>(kTileWork / work, 1, steps);
    if (usesScratch)
      rows = std::clamp<int64_t>(kScratchElements / rowElements - (cover() - 1),
                                 1, rows);
    rows = llvm::divideCeil(steps, llvm::divideCeil(steps, rows));
  }

  int64_t chunks() const {
    return loops.empty() ? 1
                         : llvm::divideCeil(extents[loops.front()].steps, rows);
  }
  /// Of rows of windows over a row of places.
  int64_t cover() const {
    return loops.empty() ? 1 : form.axes[loops.front()].cover();
  }

  WindowWalk makeWalk(TileEmitter &e, int64_t unroll) {
    bool isWindowed = form.axes[vectorDim].isWindowed();
    return {e, extents, loops, vectorDim, isWindowed, {}, {}, unroll, {}, {}};
  }

  void emitTile(KernelBody &body, Value tile) {
    TileEmitter &e = body.e;
    SmallVector<int64_t> sizes;
    for (int64_t d : outer)
      sizes.push_back(extents[d].places);
    sizes.push_back(chunks());
    Coords place = e.delinearize(tile, sizes), at(rank);
    for (auto [d, coord] : llvm::zip(outer, place))
      at[d] = coord;
    int64_t unroll =
        std::clamp<int64_t>(kUnrolledStep / form.termsOfStep(), 1, 4);
    WindowWalk walk = makeWalk(e, unroll);
    if (!loops.empty()) {
      bool isWhole = chunks() == 1;
      walk.begin = isWhole ? e.constant(0) : e.mul(place.back().index, rows);
      Value steps = e.constant(extents[loops.front()].steps);
      walk.end = isWhole ? steps : minimum(e, e.add(walk.begin, rows), steps);
    }
    if (usesScratch)
      fillScratch(body, walk.begin, walk.end, at);
    auto inner = [&](const Coords &step) {
      form.spreads ? emitSpreadStep(body, step) : emitReduced(body, step, true);
    };
    auto border = [&](const Coords &where) {
      form.spreads ? emitSpread(body, where) : emitReduced(body, where, false);
    };
    walk.inner = inner;
    walk.border = border;
    walk.emit(at);
  }

  void emitReduced(KernelBody &body, const Coords &window, bool isInner) {
    WindowValues values(body.e, form, vectorDim);
    emitPlace(body, window,
              form.keys ? values.picked(window, isInner)
                        : values.combined(window, isInner));
  }

  /// Stores the kernel's results at a place, where the op's is `value`.
  void emitPlace(KernelBody &body, const Coords &at, Value value) {
    body.e.bindValue(form.op->getResult(0), at, value);
    emitResults(body.e, getResults(kernel), body.outputs, at);
  }

  //===--------------------------------------------------------------------===//
  // Where extrema are
  //===--------------------------------------------------------------------===//

  int64_t scratchRows() const { return rows + cover() - 1; }

  /// Rows of windows, the vectors' dimension innermost.
  void layOutScratch() {
    scratchStrides.assign(rank, 0);
    scratchStrides[vectorDim] = 1;
    rowElements = form.axes[vectorDim].windows;
    for (int64_t d : llvm::reverse(loops)) {
      scratchStrides[d] = rowElements;
      if (d != loops.front())
        rowElements *= form.axes[d].windows;
    }
  }

  Coord scratchPlace(TileEmitter &e, const Coords &at) {
    Coord linear{scratchOrigin, 0};
    for (int64_t d = 0; d < rank; ++d) {
      if (scratchStrides[d] == 0)
        continue;
      linear.index = e.add(linear.index, e.mul(at[d].index, scratchStrides[d]));
      linear.laneStride += at[d].laneStride * scratchStrides[d];
    }
    return linear;
  }

  /// Finds the extrema of all windows that cover the places of steps
  /// [begin, end).
  void fillScratch(KernelBody &body, Value begin, Value end, const Coords &at) {
    TileEmitter &e = body.e;
    WindowWalk walk = makeWalk(e, 1);
    for (int64_t d = 0; d < rank; ++d)
      walk.extents[d] = form.windowExtent(d);
    scratch = body.scratch;
    scratchOrigin = body.scratchBase;
    if (!loops.empty()) {
      int64_t dim = loops.front();
      // Step 0 of the places may begin before window 0.
      int64_t shift = firstWindow(dim);
      Value zero = e.constant(0), windows = e.constant(form.axes[dim].windows);
      Value row = e.add(begin, shift - (cover() - 1));
      walk.begin = maximum(e, row, zero);
      walk.end = maximum(e, minimum(e, e.add(end, shift), windows), zero);
      scratchOrigin = arith::SubIOp::create(e.b, e.loc, scratchOrigin,
                                            e.mul(row, scratchStrides[dim]));
    }
    auto store = [&](bool isInner) {
      return [&, isInner](const Coords &window) {
        WindowValues values(e, form, vectorDim);
        Value found = values.asFloat(values.position(window, isInner));
        e.storeLinear(found, scratch, scratchPlace(e, window));
      };
    };
    auto inner = store(true), border = store(false);
    walk.inner = inner;
    walk.border = border;
    walk.emit(at);
  }

  Value positionOf(TileEmitter &e, const Coords &window, bool isInner) {
    WindowValues values(e, form, vectorDim);
    if (!usesScratch)
      return values.position(window, isInner);
    return values.asPosition(e.load(scratch, scratchPlace(e, window)));
  }

  //===--------------------------------------------------------------------===//
  // The full shape, from windows
  //===--------------------------------------------------------------------===//

  /// The window that starts with step 0 of the places.
  int64_t firstWindow(int64_t dim) const {
    return (extents[dim].offset + form.axes[dim].low) / form.axes[dim].stride;
  }

  /// What a window gives to its element at `offsets`; `found` is where its
  /// extremum is.
  Value share(TileEmitter &e, const Coords &window, ArrayRef<Value> offsets,
              Value found) {
    WindowValues values(e, form, vectorDim);
    Value value = values.emitAt(form.operand, window);
    if (!form.keys)
      return value;
    Value here = values.numberOf(offsets, window);
    Value isHere = arith::CmpIOp::create(e.b, e.loc, arith::CmpIPredicate::eq,
                                         found, here);
    Value zero = values.constant(0, window);
    return arith::SelectOp::create(e.b, e.loc, isHere, value, zero);
  }

  /// The windows that reach a place.
  SmallVector<IndexRange> windowsOver(TileEmitter &e, const Coords &at) {
    SmallVector<IndexRange> box(rank);
    for (int64_t d = 0; d < rank; ++d) {
      const WindowAxis &axis = form.axes[d];
      if (!axis.isWindowed())
        continue;
      Value stride = e.constant(axis.stride);
      auto divided = [&](int64_t more) {
        Value place = maximum(e, e.add(at[d].index, more), e.constant(0));
        return e.b.createOrFold<arith::DivUIOp>(e.loc, place, stride);
      };
      // From the first that ends behind it to before the first that starts so.
      box[d].begin = divided(axis.low - axis.window + axis.stride);
      Value end = divided(axis.low + axis.stride);
      box[d].end = minimum(e, end, e.constant(axis.windows));
    }
    return box;
  }

  /// One place, wherever it is.
  void emitSpread(KernelBody &body, const Coords &at) {
    TileEmitter &e = body.e;
    WindowValues values(e, form, vectorDim);
    SmallVector<Value> sum = foldBox(
        e, windowsOver(e, at), values.constant(0, at),
        [&](ArrayRef<Value> index, ValueRange before) -> SmallVector<Value> {
          Coords window = at;
          SmallVector<Value> offsets(rank, e.constant(0));
          for (int64_t d = 0; d < rank; ++d) {
            const WindowAxis &axis = form.axes[d];
            if (!axis.isWindowed())
              continue;
            window[d].index = index[d];
            Value place = e.add(at[d].index, axis.low);
            offsets[d] = arith::SubIOp::create(e.b, e.loc, place,
                                               e.mul(index[d], axis.stride));
          }
          Value found = form.keys ? positionOf(e, window, false) : Value();
          Value value = share(e, window, offsets, found);
          return {arith::AddFOp::create(e.b, e.loc, before[0], value)};
        });
    emitPlace(body, at, sum[0]);
  }

  /// Calls `body` for each index of a box from 0 on.
  static void forEachIndex(ArrayRef<int64_t> sizes,
                           llvm::function_ref<void(ArrayRef<int64_t>)> body) {
    SmallVector<int64_t> index(sizes.size(), 0);
    int64_t count = 1;
    for (int64_t size : sizes)
      count *= size;
    for (; count > 0; --count) {
      body(index);
      for (int64_t d = sizes.size() - 1; d >= 0; --d) {
        if (++index[d] < sizes[d])
          break;
        index[d] = 0;
      }
    }
  }

  /// All places of a step, whose windows are known.
  void emitSpreadStep(KernelBody &body, const Coords &step) {
    TileEmitter &e = body.e;
    WindowStep known;
    SmallVector<int64_t> phases;
    for (int64_t d = 0; d < rank; ++d) {
      const WindowAxis &axis = form.axes[d];
      known.windows.emplace_back();
      for (int64_t j = 0; j < axis.cover(); ++j)
        known.windows[d].push_back(
            {e.add(step[d].index, firstWindow(d) - j), step[d].laneStride});
      phases.push_back(axis.stride);
    }
    forEachIndex(phases, [&](ArrayRef<int64_t> phase) {
      Coords at;
      for (int64_t d = 0; d < rank; ++d) {
        const WindowExtent &x = extents[d];
        at.push_back(
            {e.add(e.mul(step[d].index, x.stride), x.offset + phase[d]),
             step[d].laneStride * x.stride});
      }
      Value sum = gather(e, known, phase);
      if (!sum)
        sum = WindowValues(e, form, vectorDim).constant(0, at);
      emitPlace(body, at, sum);
    });
  }

  struct WindowStep {
    /// By dimension: the window that starts with the step, that before it ...
    SmallVector<Coords> windows;
    /// Where their extrema are, by the same numbers.
    std::map<std::vector<int64_t>, Value> positions;
  };

  /// The sum of what covers the place at `phase` of a step, first windows
  /// first; null if nothing does.
  Value gather(TileEmitter &e, WindowStep &known, ArrayRef<int64_t> phase) {
    SmallVector<int64_t> counts;
    for (auto [axis, first] : llvm::zip_equal(form.axes, phase))
      counts.push_back(axis.window > first
                           ? llvm::divideCeil(axis.window - first, axis.stride)
                           : 0);
    Value sum;
    forEachIndex(counts, [&](ArrayRef<int64_t> index) {
      Coords window;
      std::vector<int64_t> before;
      SmallVector<Value> offsets;
      for (int64_t d = 0; d < rank; ++d) {
        int64_t j = counts[d] - 1 - index[d];
        before.push_back(j);
        window.push_back(known.windows[d][j]);
        offsets.push_back(e.constant(phase[d] + j * form.axes[d].stride));
      }
      Value found;
      if (form.keys) {
        Value &cached = known.positions[before];
        if (!cached)
          cached = positionOf(e, window, true);
        found = cached;
      }
      Value value = share(e, window, offsets, found);
      sum = sum ? arith::AddFOp::create(e.b, e.loc, sum, value).getResult()
                : value;
    });
    return sum;
  }

  func::FuncOp kernel;
  WindowForm form;
  int64_t rank, vectorDim = 0;
  SmallVector<WindowExtent> extents;
  SmallVector<int64_t> outer; ///< one tile for each place
  SmallVector<int64_t> loops; ///< windowed, without the vectors'
  int64_t rows = 1;           ///< steps of loops.front() in a tile
  bool usesScratch = false;
  int64_t rowElements = 0;
  SmallVector<int64_t> scratchStrides;
  // While a tile is emitted:
  Value scratch, scratchOrigin;
};

} // namespace

std::unique_ptr<LoopNest> planWindow(func::FuncOp kernel,
                                     const Target &target) {
  return std::make_unique<WindowNest>(
      kernel, *findWindow(kernel.getBody().front()), getLanes(kernel, target));
}

} // namespace mlc::codegen
