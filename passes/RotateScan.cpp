//===-- RotateScan.cpp - --mlc-rotate-scan --------------------------------===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The gradient of a recurrent layer ends a step with a product, which the next
// step begins with: what flows back into the state. What a step computes of it,
// elementwise, has a pass over memory of its own then. Carried on are the
// product's factor, and what is added to it, instead.
//
//===----------------------------------------------------------------------===//

#include "passes/Passes.h"

#include "ir/Builders.h"
#include "ir/Scan.h"

#include "mlir/IR/IRMapping.h"
#include "mlir/IR/Matchers.h"
#include "llvm/ADT/STLExtras.h"

namespace mlc {
#define GEN_PASS_DEF_ROTATESCAN
#include "passes/Passes.h.inc"
} // namespace mlc

using namespace mlir;
using namespace mlc;

namespace {

/// The next value of what a loop carries: a product of what the step computes
/// and an invariant, and what is added to that, or nothing.
struct CarriedProduct {
  size_t carried;
  DotGeneralOp dot;
  AddOp sum;
  Value factor, invariant, rest;
};

} // namespace

/// Reads the factors of the product, and what is added to it.
static LogicalResult readProduct(ScanOp scan, CarriedProduct &product) {
  bool isLeft = llvm::is_contained(scan.getConstants(), product.dot.getRhs());
  product.factor = isLeft ? product.dot.getLhs() : product.dot.getRhs();
  product.invariant = isLeft ? product.dot.getRhs() : product.dot.getLhs();
  if (product.sum)
    product.rest = product.sum.getLhs() == product.dot.getResult()
                       ? product.sum.getRhs()
                       : product.sum.getLhs();
  auto isOfStep = [](Value value) { return value.getDefiningOp() != nullptr; };
  return success(isOfStep(product.factor) &&
                 (!product.rest || isOfStep(product.rest)) &&
                 product.factor != product.rest &&
                 llvm::is_contained(scan.getConstants(), product.invariant));
}

/// Is the next value number `carried` such a product, which nothing else reads?
/// Without anything added to it, it has to be nothing at first.
static std::optional<CarriedProduct> findProduct(ScanOp scan, size_t carried) {
  Value next = scan.getNext()[carried];
  CarriedProduct product{carried,
                         next.getDefiningOp<DotGeneralOp>(),
                         next.getDefiningOp<AddOp>(),
                         {},
                         {},
                         {}};
  if (!next.hasOneUse() || scan.getCarried()[carried].use_empty())
    return std::nullopt;
  if (product.sum)
    for (Value term : product.sum.getOperands())
      if (auto dot = term.getDefiningOp<DotGeneralOp>();
          dot && dot->hasOneUse() && !product.dot)
        product.dot = dot;
  if (!product.dot || failed(readProduct(scan, product)) ||
      (!product.sum &&
       !matchPattern(scan.getInits()[carried], m_AnyZeroFloat())))
    return std::nullopt;
  return product;
}

/// The carried value of `factor` and `rest`, added in the order of the step.
static Value emitProduct(OpBuilder &b, CarriedProduct product, Value factor,
                         Value invariant, Value rest) {
  IRMapping mapping;
  mapping.map(product.factor, factor);
  mapping.map(product.invariant, invariant);
  Value dot = b.clone(*product.dot, mapping)->getResult(0);
  if (!product.sum)
    return dot;
  mapping.map(product.rest, rest);
  return b.clone(*product.sum, mapping)->getResult(0);
}

/// Takes the product out of the step's end, and puts it at its beginning.
static void rotateBody(ScanOp scan, CarriedProduct product) {
  Block *body = &scan.getBody().front();
  Location loc = product.dot->getLoc();
  size_t place = product.carried, added = scan.getInits().size();
  Value carried = body->getArgument(place);
  Value rest;
  if (product.rest)
    rest = body->insertArgument(added, product.rest.getType(), loc);
  Value factor = body->insertArgument(place + 1, product.factor.getType(), loc);
  OpBuilder b = OpBuilder::atBlockBegin(body);
  Value value = emitProduct(b, product, factor, product.invariant, rest);
  carried.replaceAllUsesWith(value);
  Operation *yield = scan.getYield();
  SmallVector<Value> yielded(yield->getOperands());
  yielded[place] = product.factor;
  if (product.rest)
    yielded.insert(yielded.begin() + added, product.rest);
  yield->setOperands(yielded);
  body->eraseArgument(place);
}

/// The value that is carried last, of what is instead: only if it is used.
static void replaceFinal(OpBuilder &b, ScanOp scan, Value invariant,
                         ScanOp smaller, CarriedProduct product) {
  Value final = scan->getResult(product.carried);
  if (final.use_empty())
    return;
  Value rest;
  if (product.rest)
    rest = smaller->getResult(scan.getInits().size());
  final.replaceAllUsesWith(emitProduct(
      b, product, smaller->getResult(product.carried), invariant, rest));
}

static ScanOp rotate(ScanOp scan, CarriedProduct product) {
  OpBuilder b(scan);
  size_t added = scan.getInits().size();
  auto argument = cast<BlockArgument>(product.invariant);
  Value invariant = scan->getOperand(argument.getArgNumber());
  ScanFrame frame = ScanFrame::of(scan);
  Value init = std::exchange(
      frame.inits[product.carried],
      constantSplat(b, scan.getLoc(), product.factor.getType(), 0));
  if (product.rest)
    frame.inits.push_back(init);
  rotateBody(scan, product);
  ScanOp rotated = moveScan(b, scan, frame);
  replaceFinal(b, scan, invariant, rotated, product);
  for (size_t i = 0; i < scan->getNumResults(); ++i) {
    size_t moved = product.rest && i >= added ? i + 1 : i;
    if (i != product.carried)
      scan->getResult(i).replaceAllUsesWith(rotated->getResult(moved));
  }
  scan->erase();
  if (product.sum)
    product.sum->erase();
  product.dot->erase();
  return rotated;
}

namespace {
struct RotateScanPass : public mlc::impl::RotateScanBase<RotateScanPass> {
  void runOnOperation() override {
    SmallVector<ScanOp> scans;
    getOperation().walk([&](ScanOp scan) { scans.push_back(scan); });
    for (ScanOp scan : scans)
      for (size_t carried = 0; carried < scan.getInits().size(); ++carried)
        if (auto product = findProduct(scan, carried))
          scan = rotate(scan, *product);
  }
};
} // namespace
