//===-- WindowOps.cpp - convolutions and pooling --------------------------===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ir/Builders.h"
#include "ir/Verification.h"

#include "mlir/IR/PatternMatch.h"

using namespace mlir;
using namespace mlc;

using Cotangents = MutableArrayRef<Value>;
using IsWanted = function_ref<bool(unsigned)>;

//===----------------------------------------------------------------------===//
// Convolutions
//===----------------------------------------------------------------------===//

static LogicalResult verifySize(Operation *op, StringRef what, int64_t expected,
                                int64_t found) {
  if (expected == found)
    return success();
  return op->emitOpError() << what << ": expected " << expected << ", found "
                           << found;
}

static LogicalResult verifyPositive(Operation *op, StringRef what,
                                    SizesRef values) {
  for (int64_t value : values)
    if (value < 1)
      return op->emitOpError()
             << what << ": expected positive numbers, found " << value;
  return success();
}

template <typename Op> static LogicalResult verifyConvolution(Op op) {
  if (failed(verifyBfloat16(op, op.getBfloat16())))
    return failure();
  SizesRef input = getShape(op.getInput()), filter = getShape(op.getFilter()),
           output = getShape(op.getOutput());
  ConvolutionWindow window = op.getWindow();
  int64_t rank = input.size(), spatial = rank - 2;
  if (spatial < 1)
    return op.emitOpError()
           << "expected an input of rank 3 or more, found " << rank;
  if (failed(verifySize(op, "rank of the filter", rank, filter.size())) ||
      failed(verifySize(op, "rank of the output", rank, output.size())) ||
      failed(verifyCount(op, "strides", window.strides, spatial)) ||
      failed(verifyCount(op, "low", window.low, spatial)) ||
      failed(verifyCount(op, "dilations", window.dilations, spatial)) ||
      failed(verifyPositive(op, "strides", window.strides)) ||
      failed(verifyPositive(op, "dilations", window.dilations)) ||
      failed(verifyPositive(op, "groups", window.groups)) ||
      failed(verifySize(op, "batch of the output", input[0], output[0])) ||
      failed(verifySize(op, "filters of the output", filter.back(),
                        output.back())) ||
      failed(verifySize(op, "channels of the input",
                        filter[rank - 2] * window.groups, input.back())))
    return failure();
  return verifySize(op, "filters beyond whole groups", 0,
                    filter.back() % window.groups);
}

/// Two operations for each multiply-add, those at the border included.
template <typename Op> static int64_t getConvolutionFlops(Op op) {
  SizesRef filter = getShape(op.getFilter());
  return 2 * getTensorType(op.getOutput()).getNumElements() *
         getElementCount(filter.drop_back());
}

LogicalResult ConvolutionOp::verify() { return verifyConvolution(*this); }
LogicalResult ConvolutionInputOp::verify() { return verifyConvolution(*this); }
LogicalResult ConvolutionFilterOp::verify() { return verifyConvolution(*this); }
int64_t ConvolutionOp::getFlops() { return getConvolutionFlops(*this); }
int64_t ConvolutionInputOp::getFlops() { return getConvolutionFlops(*this); }
int64_t ConvolutionFilterOp::getFlops() { return getConvolutionFlops(*this); }

/// Another of the three products, of `lhs` and `rhs`, by the window of `op`;
/// its result has the type of `like`.
template <typename To, typename From>
static Value convolve(OpBuilder &b, From op, Value lhs, Value rhs, Value like) {
  return To::create(b, op.getLoc(), like.getType(), lhs, rhs, op.getStrides(),
                    op.getLow(), op.getDilations(), op.getGroups(),
                    op.getBfloat16());
}

void ConvolutionOp::buildVjp(OpBuilder &b, ArrayRef<Value> results,
                             IsWanted isWanted, Cotangents operands) {
  if (!results[0])
    return;
  if (isWanted(0))
    operands[0] =
        convolve<ConvolutionInputOp>(b, *this, results[0], getRhs(), getLhs());
  if (isWanted(1))
    operands[1] =
        convolve<ConvolutionFilterOp>(b, *this, getLhs(), results[0], getRhs());
}

void ConvolutionInputOp::buildVjp(OpBuilder &b, ArrayRef<Value> results,
                                  IsWanted isWanted, Cotangents operands) {
  if (!results[0])
    return;
  if (isWanted(0))
    operands[0] =
        convolve<ConvolutionOp>(b, *this, results[0], getRhs(), getLhs());
  if (isWanted(1))
    operands[1] =
        convolve<ConvolutionFilterOp>(b, *this, results[0], getLhs(), getRhs());
}

void ConvolutionFilterOp::buildVjp(OpBuilder &b, ArrayRef<Value> results,
                                   IsWanted isWanted, Cotangents operands) {
  if (!results[0])
    return;
  if (isWanted(0))
    operands[0] =
        convolve<ConvolutionInputOp>(b, *this, getRhs(), results[0], getLhs());
  if (isWanted(1))
    operands[1] =
        convolve<ConvolutionOp>(b, *this, getLhs(), results[0], getRhs());
}

/// Filters that take each element of the input once (patches side by side, a
/// kernel of size 1, one that covers everything) are a product over views.
static LogicalResult multiplyInstead(ConvolutionOp op,
                                     PatternRewriter &rewriter) {
  SizesRef input = getShape(op.getInput()), filter = getShape(op.getFilter()),
           output = getShape(op.getOutput());
  ConvolutionWindow window = op.getWindow();
  if (window.groups != 1)
    return failure();
  Sizes patches{input[0]};
  DotDimensions dims;
  for (auto [d, low] : llvm::enumerate(window.low)) {
    int64_t size = filter[d], count = output[d + 1];
    bool isAlone = count == 1, isDense = size == 1 || window.dilations[d] == 1;
    if (low != 0 || !isDense || (!isAlone && window.strides[d] != size) ||
        input[d + 1] != size * count)
      return failure();
    dims.lhsContract.push_back(patches.size() + 1);
    dims.rhsContract.push_back(d);
    patches.append({count, size});
  }
  dims.lhsContract.push_back(patches.size());
  dims.rhsContract.push_back(filter.size() - 2);
  patches.push_back(input.back());
  Value places = reshapeTo(rewriter, op.getLoc(), op.getInput(), patches);
  rewriter.replaceOp(op, dotGeneral(rewriter, op.getLoc(), places,
                                    op.getFilter(), dims, op.getBfloat16()));
  return success();
}

/// A filter of one place takes some elements of the input: of these alone, it
/// is a product.
static LogicalResult takePlaces(ConvolutionOp op, PatternRewriter &rewriter) {
  ConvolutionWindow window = op.getWindow();
  SizesRef filter = getShape(op.getFilter()).drop_back(2);
  auto isOne = [](int64_t size) { return size == 1; };
  auto isZero = [](int64_t count) { return count == 0; };
  if (!llvm::all_of(filter, isOne) || !llvm::all_of(window.low, isZero) ||
      llvm::all_of(window.strides, isOne))
    return failure();
  SizesRef input = getShape(op.getInput());
  Sizes sizes(getShape(op.getOutput())), strides{1};
  for (auto [d, stride] : llvm::enumerate(window.strides))
    if ((sizes[d + 1] - 1) * stride >= input[d + 1]) // beyond the input
      return failure();
  sizes.back() = input.back();
  strides.append(window.strides);
  strides.push_back(1);
  Value places = slice(rewriter, op.getLoc(), op.getInput(),
                       Sizes(input.size(), 0), sizes, strides);
  rewriter.replaceOpWithNewOp<ConvolutionOp>(
      op, op.getType(), places, op.getFilter(), Sizes(filter), op.getLow(),
      op.getDilations(), op.getGroups(), op.getBfloat16());
  return success();
}

/// What lies outside of the input is left out, so zeros need not be put there.
static LogicalResult readWithoutPad(ConvolutionOp op,
                                    PatternRewriter &rewriter) {
  auto pad = op.getInput().getDefiningOp<PadOp>();
  if (!pad)
    return failure();
  auto isZero = [](int64_t count) { return count == 0; };
  SizesRef low = pad.getLow(), high = pad.getHigh();
  if (!llvm::all_of(pad.getInterior(), isZero) ||
      !llvm::all_of(
          ArrayRef{low.front(), high.front(), low.back(), high.back()}, isZero))
    return failure();
  Sizes start(op.getLow());
  for (auto [d, count] : llvm::enumerate(low.drop_front().drop_back()))
    start[d] += count;
  rewriter.replaceOpWithNewOp<ConvolutionOp>(
      op, op.getType(), pad.getOperand(), op.getFilter(), op.getStrides(),
      start, op.getDilations(), op.getGroups(), op.getBfloat16());
  return success();
}

void ConvolutionOp::getCanonicalizationPatterns(RewritePatternSet &patterns,
                                                MLIRContext *) {
  patterns.add(multiplyInstead);
  patterns.add(takePlaces);
  patterns.add(readWithoutPad);
}

//===----------------------------------------------------------------------===//
// Windows
//===----------------------------------------------------------------------===//

/// `full` has the elements, `windowed` one for each window.
template <typename Op>
static LogicalResult verifyWindow(Op op, Value full, Value windowed) {
  int64_t rank = getShape(full).size();
  if (failed(verifySize(op, "rank", rank, getShape(windowed).size())) ||
      failed(verifyCount(op, "window", op.getWindow(), rank)) ||
      failed(verifyCount(op, "strides", op.getStrides(), rank)) ||
      failed(verifyCount(op, "low", op.getLow(), rank)) ||
      failed(verifyPositive(op, "window", op.getWindow())) ||
      failed(verifyPositive(op, "strides", op.getStrides())))
    return failure();
  for (int64_t d = 0; d < rank; ++d) {
    int64_t last =
        (getShape(windowed)[d] - 1) * op.getStrides()[d] - op.getLow()[d];
    if (op.getLow()[d] >= op.getWindow()[d] || last >= getShape(full)[d])
      return op.emitOpError()
             << "dimension " << d << ": a window lies outside of the elements";
  }
  return success();
}

template <typename Op> static LogicalResult verifyExtremum(Op op) {
  if (op.getKind() != ReduceKind::add)
    return success();
  return op.emitOpError("expected kind max or min, found add");
}

LogicalResult ReduceWindowOp::verify() {
  return verifyWindow(*this, getOperand(), getResult());
}
LogicalResult SpreadWindowOp::verify() {
  return verifyWindow(*this, getResult(), getOperand());
}
LogicalResult SelectWindowOp::verify() {
  if (failed(verifyExtremum(*this)) ||
      failed(verifyShape(*this, "result", ::getShape(getKeys()),
                         ::getShape(getResult()))))
    return failure();
  return verifyWindow(*this, getResult(), getOperand());
}
LogicalResult PickWindowOp::verify() {
  if (failed(verifyExtremum(*this)) ||
      failed(verifyShape(*this, "operand", ::getShape(getKeys()),
                         ::getShape(getOperand()))))
    return failure();
  return verifyWindow(*this, getOperand(), getResult());
}

/// One for each element of each window.
static int64_t getWindowFlops(Value windowed, SizesRef window) {
  return getTensorType(windowed).getNumElements() * getElementCount(window);
}

int64_t ReduceWindowOp::getFlops() {
  return getWindowFlops(getResult(), getWindow());
}
int64_t SpreadWindowOp::getFlops() {
  return getWindowFlops(getOperand(), getWindow());
}
int64_t SelectWindowOp::getFlops() {
  return getWindowFlops(getOperand(), getWindow());
}
int64_t PickWindowOp::getFlops() {
  return getWindowFlops(getResult(), getWindow());
}

void ReduceWindowOp::buildVjp(OpBuilder &b, ArrayRef<Value> results,
                              IsWanted isWanted, Cotangents operands) {
  if (!results[0] || !isWanted(0))
    return;
  if (getKind() == ReduceKind::add)
    operands[0] =
        SpreadWindowOp::create(b, getLoc(), getOperand().getType(), results[0],
                               getWindow(), getStrides(), getLow());
  else
    operands[0] = SelectWindowOp::create(b, getLoc(), getOperand().getType(),
                                         getKind(), getOperand(), results[0],
                                         getWindow(), getStrides(), getLow());
}

void SpreadWindowOp::buildVjp(OpBuilder &b, ArrayRef<Value> results,
                              IsWanted isWanted, Cotangents operands) {
  if (results[0] && isWanted(0))
    operands[0] = ReduceWindowOp::create(b, getLoc(), getOperand().getType(),
                                         ReduceKind::add, results[0],
                                         getWindow(), getStrides(), getLow());
}

// Moving a key by less than its distance to the next one changes nothing: both
// have a derivative of zero by their keys.
void SelectWindowOp::buildVjp(OpBuilder &b, ArrayRef<Value> results,
                              IsWanted isWanted, Cotangents operands) {
  if (results[0] && isWanted(1))
    operands[1] = PickWindowOp::create(b, getLoc(), getOperand().getType(),
                                       getKind(), getKeys(), results[0],
                                       getWindow(), getStrides(), getLow());
}

void PickWindowOp::buildVjp(OpBuilder &b, ArrayRef<Value> results,
                            IsWanted isWanted, Cotangents operands) {
  if (results[0] && isWanted(1))
    operands[1] = SelectWindowOp::create(b, getLoc(), getOperand().getType(),
                                         getKind(), getKeys(), results[0],
                                         getWindow(), getStrides(), getLow());
}
