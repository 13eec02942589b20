//===-- Window.cpp - the geometry of window ops ---------------------------===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "codegen/Window.h"
#include "codegen/LoopNest.h"
#include "ir/Builders.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"
#include "llvm/ADT/TypeSwitch.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;

namespace mlc::codegen {

//===----------------------------------------------------------------------===//
// The op
//===----------------------------------------------------------------------===//

template <typename Op>
static WindowForm makeForm(Op op, Value full, Value windowed) {
  WindowForm form;
  form.op = op;
  form.operand = op.getOperand();
  form.spreads = full == op.getResult();
  for (int64_t d = 0; d < int64_t(op.getWindow().size()); ++d)
    form.axes.push_back({getShape(full)[d], getShape(windowed)[d],
                         op.getWindow()[d], op.getStrides()[d],
                         op.getLow()[d]});
  return form;
}

template <typename Op> static WindowForm withKeys(WindowForm form, Op op) {
  form.keys = op.getKeys();
  form.kind = op.getKind();
  return form;
}

std::optional<WindowForm> findWindow(Block &body) {
  for (Operation &op : body) {
    std::optional<WindowForm> form =
        llvm::TypeSwitch<Operation *, std::optional<WindowForm>>(&op)
            .Case([](ReduceWindowOp reduce) {
              WindowForm form =
                  makeForm(reduce, reduce.getOperand(), reduce.getResult());
              form.kind = reduce.getKind();
              return form;
            })
            .Case([](SpreadWindowOp spread) {
              return makeForm(spread, spread.getResult(), spread.getOperand());
            })
            .Case([](SelectWindowOp select) {
              return withKeys(
                  makeForm(select, select.getResult(), select.getOperand()),
                  select);
            })
            .Case([](PickWindowOp pick) {
              return withKeys(
                  makeForm(pick, pick.getOperand(), pick.getResult()), pick);
            })
            .Default([](Operation *) { return std::nullopt; });
    if (form)
      return form;
  }
  return std::nullopt;
}

Type WindowForm::elementType() const {
  return getElementTypeOrSelf(op->getResult(0).getType());
}

bool WindowForm::areDisjoint() const {
  return llvm::all_of(axes,
                      [](const WindowAxis &axis) { return axis.cover() == 1; });
}

WindowExtent WindowForm::windowExtent(size_t dim) const {
  const WindowAxis &a = axes[dim];
  WindowExtent extent{a.windows, a.windows};
  int64_t begin = std::max<int64_t>(0, llvm::divideCeilSigned(a.low, a.stride));
  int64_t end = std::min(
      a.windows,
      llvm::divideFloorSigned(a.full + a.low - a.window, a.stride) + 1);
  if (begin < end) {
    extent.innerBegin = begin;
    extent.innerEnd = end;
  }
  return extent;
}

WindowExtent WindowForm::placeExtent(size_t dim, bool wholeWindows) const {
  const WindowAxis &a = axes[dim];
  // Where elements are skipped before the first window, steps start with them.
  int64_t skipped =
      llvm::divideCeil(std::max<int64_t>(0, -a.low), a.stride) * a.stride;
  WindowExtent extent{a.full, 0, a.stride, -a.low - skipped};
  extent.steps =
      llvm::divideFloorSigned(a.full - 1 - extent.offset, a.stride) + 1;
  int64_t begin =
      std::max<int64_t>(llvm::divideCeilSigned(a.low, a.stride), a.cover() - 1);
  int64_t end =
      std::min(a.windows, llvm::divideFloorSigned(a.full + a.low, a.stride));
  if (wholeWindows)
    end = std::min(
        end, llvm::divideFloorSigned(a.full + a.low - a.window, a.stride) + 1);
  if (begin < end) {
    extent.innerBegin = begin + skipped / a.stride;
    extent.innerEnd = end + skipped / a.stride;
  }
  return extent;
}

int64_t WindowForm::termsOfStep() const {
  int64_t terms = 1;
  for (const WindowAxis &axis : axes)
    terms *= spreads ? std::max(axis.window, axis.stride) : axis.window;
  return terms;
}

//===----------------------------------------------------------------------===//
// Loops
//===----------------------------------------------------------------------===//

Value minimum(TileEmitter &e, Value lhs, Value rhs) {
  return e.b.createOrFold<arith::MinSIOp>(e.loc, lhs, rhs);
}
Value maximum(TileEmitter &e, Value lhs, Value rhs) {
  return e.b.createOrFold<arith::MaxSIOp>(e.loc, lhs, rhs);
}
static Value difference(TileEmitter &e, Value lhs, Value rhs) {
  return e.b.createOrFold<arith::SubIOp>(e.loc, lhs, rhs);
}

void WindowWalk::emit(Coords at) { emitLevel(0, at, /*isInner=*/true); }

static void loop(TileEmitter &e, Value begin, Value end,
                 llvm::function_ref<void(Value)> body) {
  forEach(e, begin, end, 1, body);
}

/// The places of [first, last) that are in no inner step, by one loop: borders
/// are rare, their code is large.
void WindowWalk::emitBorder(const WindowExtent &extent, Value first, Value last,
                            llvm::function_ref<void(Value)> body) {
  Value zero = e.constant(0);
  Value innerFirst = e.constant(extent.placeOf(extent.innerBegin));
  Value innerLast = e.constant(extent.placeOf(extent.innerEnd));
  if (!extent.hasInner())
    return loop(e, first, last, body);
  Value before =
      maximum(e, zero, difference(e, minimum(e, last, innerFirst), first));
  Value resume = maximum(e, first, innerLast);
  Value after = maximum(e, zero, difference(e, last, resume));
  loop(e, zero, e.add(before, after), [&](Value index) {
    Value isBefore = arith::CmpIOp::create(
        e.b, e.loc, arith::CmpIPredicate::slt, index, before);
    Value place =
        arith::SelectOp::create(e.b, e.loc, isBefore, e.add(first, index),
                                e.add(resume, difference(e, index, before)));
    body(place);
  });
}

/// A border that crosses inner steps of the loops before `depth`: emits `body`
/// at each of their places.
void WindowWalk::emitPlaces(size_t depth, Coords &at,
                            llvm::function_ref<void()> body) {
  if (depth == 0)
    return body();
  int64_t dim = loops[depth - 1];
  const WindowExtent &extent = extents[dim];
  Coord step = at[dim];
  Value first = e.add(e.mul(step.index, extent.stride), extent.offset);
  auto emitAt = [&](Value phase) {
    at[dim] = {phase ? e.add(first, phase) : first, 0};
    emitPlaces(depth - 1, at, body);
  };
  if (extent.stride == 1)
    emitAt(nullptr);
  else
    loop(e, e.constant(0), e.constant(extent.stride), emitAt);
  at[dim] = step;
}

/// The first place of a step.
static Value placeOf(TileEmitter &e, const WindowExtent &extent, Value step) {
  Value place = e.add(e.mul(step, extent.stride), extent.offset);
  return minimum(e, maximum(e, place, e.constant(0)),
                 e.constant(extent.places));
}

void WindowWalk::emitLevel(size_t depth, Coords &at, bool isInner) {
  if (depth == loops.size())
    return emitVectors(at, isInner);
  int64_t dim = loops[depth];
  const WindowExtent &extent = extents[dim];
  Value first = depth == 0 ? begin : e.constant(0);
  Value last = depth == 0 ? end : e.constant(extent.steps);
  auto descend = [&](Value index, bool innerBelow) {
    at[dim] = {index, 0};
    emitLevel(depth + 1, at, innerBelow);
  };
  Value firstPlace = placeOf(e, extent, first);
  Value lastPlace = placeOf(e, extent, last);
  if (!isInner)
    return loop(e, firstPlace, lastPlace,
                [&](Value place) { descend(place, false); });
  if (extent.hasInner())
    loop(e, maximum(e, first, e.constant(extent.innerBegin)),
         minimum(e, last, e.constant(extent.innerEnd)),
         [&](Value step) { descend(step, true); });
  if (extent.hasBorder())
    emitBorder(extent, firstPlace, lastPlace, [&](Value place) {
      emitPlaces(depth, at, [&] { descend(place, false); });
    });
}

void WindowWalk::emitVectors(Coords &at, bool isInner) {
  const WindowExtent &extent = extents[vectorDim];
  auto atPlace = [&](Value place) {
    at[vectorDim] = {place, 0};
    border(at);
  };
  if (!isInner && isVectorDimWindowed)
    return loop(e, e.constant(0), e.constant(extent.places), atPlace);
  if (extent.hasInner())
    forEachVector(e, extent.innerEnd - extent.innerBegin, isInner ? unroll : 1,
                  [&](Coord position) {
                    at[vectorDim] = {e.add(position.index, extent.innerBegin),
                                     1};
                    (isInner ? inner : border)(at);
                  });
  if (extent.hasBorder())
    emitBorder(extent, e.constant(0), e.constant(extent.places),
               [&](Value place) {
                 emitPlaces(loops.size(), at, [&] { atPlace(place); });
               });
}

//===----------------------------------------------------------------------===//
// Boxes
//===----------------------------------------------------------------------===//

/// Terms that are unrolled rather than looped over.
static constexpr int64_t kUnrolledTerms = 16;

/// The dimension from which on the box is unrolled.
static size_t findUnrolled(ArrayRef<IndexRange> box) {
  size_t from = box.size();
  for (int64_t terms = 1; from > 0; --from) {
    const IndexRange &range = box[from - 1];
    if (!range.begin)
      continue;
    std::optional<int64_t> begin = getConstantIntValue(range.begin),
                           end = getConstantIntValue(range.end);
    if (!begin || !end || (terms *= *end - *begin) > kUnrolledTerms)
      break;
  }
  return from;
}

bool isUnrolled(ArrayRef<IndexRange> box) { return findUnrolled(box) == 0; }

namespace {
using BoxBody =
    llvm::function_ref<SmallVector<Value>(ArrayRef<Value>, ValueRange)>;
struct BoxFold {
  TileEmitter &e;
  ArrayRef<IndexRange> box;
  size_t unrolledFrom;
  BoxBody body;
  SmallVector<Value> index;

  SmallVector<Value> emit(size_t depth, ValueRange carried) {
    if (depth == box.size())
      return body(index, carried);
    const IndexRange &range = box[depth];
    if (!range.begin)
      return emit(depth + 1, carried);
    if (depth < unrolledFrom)
      return emitLoop(e.b, e.loc, range.begin, range.end, 1, carried,
                      [&](Value position, ValueRange inner) {
                        TileEmitter::Scope scope(e);
                        index[depth] = position;
                        return emit(depth + 1, inner);
                      });
    SmallVector<Value> values(carried);
    int64_t end = *getConstantIntValue(range.end);
    for (int64_t i = *getConstantIntValue(range.begin); i < end; ++i) {
      index[depth] = e.constant(i);
      values = emit(depth + 1, values);
    }
    return values;
  }
};
} // namespace

SmallVector<Value> foldBox(TileEmitter &e, ArrayRef<IndexRange> box,
                           ValueRange carried, BoxBody body) {
  BoxFold fold{e, box, findUnrolled(box), body,
               SmallVector<Value>(box.size(), e.constant(0))};
  return fold.emit(0, carried);
}

} // namespace mlc::codegen
