//===-- EvaluatorStructured.cpp - ops that move or combine elements -------===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "EvaluatorFamilies.h"

#include "llvm/ADT/TypeSwitch.h"

#include <array>
#include <cmath>

using namespace mlir;
using namespace mlc;

static void runConstant(Evaluator &e, ConstantOp op) {
  Tensor result{Sizes(getShape(op.getResult())), {}};
  auto elements = cast<DenseElementsAttr>(op.getValue());
  if (isa<FloatType>(elements.getElementType())) {
    for (APFloat value : elements.getValues<APFloat>())
      result.values.push_back(value.convertToDouble());
  } else {
    bool isBool = elements.getElementType().isInteger(1);
    for (const APInt &value : elements.getValues<APInt>())
      result.values.push_back(isBool ? double(value.getZExtValue())
                                     : double(value.getSExtValue()));
  }
  e.set(op.getResult(), std::move(result));
}

static void runConcatenate(Evaluator &e, ConcatenateOp op) {
  e.fill(*op, [&](const Index &index) {
    Index inner = index;
    int64_t &position = inner[op.getDimension()];
    for (Value operand : op.getOperands()) {
      int64_t size = getShape(operand)[op.getDimension()];
      if (position < size)
        return e.at(operand, inner);
      position -= size;
    }
    llvm_unreachable("the operands make up the result");
  });
}

/// Threefry-2x32 with 20 rounds (Salmon et al., SC 2011).
static std::pair<uint32_t, uint32_t> threefry(std::array<uint32_t, 2> key,
                                              uint32_t x, uint32_t y) {
  const unsigned rotations[] = {13, 15, 26, 6, 17, 29, 16, 24};
  const uint32_t keys[] = {key[0], key[1], key[0] ^ key[1] ^ 0x1BD11BDA};
  x += keys[0];
  y += keys[1];
  for (unsigned round = 0; round < 20; ++round) {
    unsigned by = rotations[round % 8];
    x += y;
    y = x ^ (y << by | y >> (32 - by));
    if (round % 4 == 3) {
      unsigned group = round / 4 + 1;
      x += keys[group % 3];
      y += keys[(group + 1) % 3] + group;
    }
  }
  return {x, y};
}

static void runRandom(Evaluator &e, RandomOp op) {
  std::vector<double> words = e.get(op.getKey()).values;
  auto wrap = [](double word) {
    return static_cast<uint32_t>(static_cast<int64_t>(word));
  };
  std::array<uint32_t, 2> key = {wrap(words[0]), wrap(words[1])};
  bool isF32 = getTensorType(op.getResult()).getElementType().isF32();
  uint32_t element = 0, stream = wrap(e.get(op.getStream()).values.front());
  e.fill(*op, [&](const Index &) {
    auto [x, y] = threefry(key, element++, stream);
    if (isF32)
      return std::ldexp(double(x >> 8), -24);
    return std::ldexp(double(x >> 6), -26) + std::ldexp(double(y >> 5), -53);
  });
}

static void runReduce(Evaluator &e, ReduceOp op) {
  SizesRef shape = getShape(op.getOperand());
  Sizes sizes = pick(shape, op.getDimensions());
  Sizes kept = getFreeDimensions(shape.size(), op.getDimensions());
  ReduceKind kind = op.getKind();
  e.fill(*op, [&](const Index &index) {
    double result = kind == ReduceKind::add   ? 0
                    : kind == ReduceKind::max ? -INFINITY
                                              : INFINITY;
    Index full(shape.size());
    for (auto [dim, position] : llvm::zip_equal(kept, index))
      full[dim] = position;
    forEachIndex(sizes, [&](const Index &inner) {
      for (auto [dim, position] : llvm::zip_equal(op.getDimensions(), inner))
        full[dim] = position;
      double x = e.at(op.getOperand(), full);
      result = kind == ReduceKind::add   ? result + x
               : kind == ReduceKind::max ? std::fmax(result, x)
                                         : std::fmin(result, x);
    });
    return result;
  });
}

/// Puts `positions` at `dims` of `index`.
static void place(Index &index, SizesRef dims, SizesRef positions) {
  for (auto [dim, position] : llvm::zip_equal(dims, positions))
    index[dim] = position;
}

static void runDot(Evaluator &e, DotGeneralOp op) {
  DotDimensions d = op.getDotDimensions();
  SizesRef lhs = getShape(op.getLhs()), rhs = getShape(op.getRhs());
  Sizes lhsFree = getFreeDimensions(lhs.size(), d.lhsBatch, d.lhsContract);
  Sizes rhsFree = getFreeDimensions(rhs.size(), d.rhsBatch, d.rhsContract);
  Sizes contracted = pick(lhs, d.lhsContract);
  e.fill(*op, [&](const Index &index) {
    SizesRef rest = index;
    Index left(lhs.size()), right(rhs.size());
    place(left, d.lhsBatch, rest.take_front(d.lhsBatch.size()));
    place(right, d.rhsBatch, rest.take_front(d.lhsBatch.size()));
    rest = rest.drop_front(d.lhsBatch.size());
    place(left, lhsFree, rest.take_front(lhsFree.size()));
    place(right, rhsFree, rest.drop_front(lhsFree.size()));
    double sum = 0;
    forEachIndex(contracted, [&](const Index &inner) {
      place(left, d.lhsContract, inner);
      place(right, d.rhsContract, inner);
      sum += multiply(e.at(op.getLhs(), left), e.at(op.getRhs(), right),
                      op.getBfloat16());
    });
    return sum;
  });
}

bool mlc::evaluateStructured(Evaluator &e, Operation &operation) {
  bool isKnown = true;
  llvm::TypeSwitch<Operation *>(&operation)
      .Case([&](ConstantOp op) { runConstant(e, op); })
      .Case([&](ConcatenateOp op) { runConcatenate(e, op); })
      .Case([&](RandomOp op) { runRandom(e, op); })
      .Case([&](ReduceOp op) { runReduce(e, op); })
      .Case([&](DotGeneralOp op) { runDot(e, op); })
      .Case([&](IotaOp op) {
        e.fill(*op, [&](const Index &index) {
          return double(index[op.getDimension()]);
        });
      })
      .Case([&](ReshapeOp op) {
        Tensor result{Sizes(getShape(op.getResult())),
                      e.get(op.getOperand()).values};
        e.set(op.getResult(), std::move(result));
      })
      .Case([&](BroadcastOp op) {
        e.fill(*op, [&](const Index &index) {
          Index inner = pick(index, op.getDimensions());
          for (auto [position, size] :
               llvm::zip_equal(inner, getShape(op.getOperand())))
            position = size == 1 ? 0 : position;
          return e.at(op.getOperand(), inner);
        });
      })
      .Case([&](TransposeOp op) {
        Sizes inverse = invertPermutation(op.getPermutation());
        e.fill(*op, [&](const Index &index) {
          return e.at(op.getOperand(), pick(index, inverse));
        });
      })
      .Case([&](SliceOp op) {
        e.fill(*op, [&](const Index &index) {
          Index inner = index;
          for (auto [dim, position] : llvm::enumerate(inner))
            position = op.getOffsets()[dim] + position * op.getStrides()[dim];
          return e.at(op.getOperand(), inner);
        });
      })
      .Case([&](PadOp op) {
        e.scatter(*op, op.getOperand(), [&](const Index &index) {
          Index outer = index;
          for (auto [dim, position] : llvm::enumerate(outer))
            position =
                op.getLow()[dim] + position * (op.getInterior()[dim] + 1);
          return outer;
        });
      })
      .Default([&](Operation *) { isKnown = false; });
  return isKnown;
}
