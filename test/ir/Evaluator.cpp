//===-- Evaluator.cpp - what a function of mlc ops computes ---------------===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Evaluator.h"
#include "EvaluateAttention.h"

#include "ir/Builders.h"

#include "llvm/ADT/TypeSwitch.h"

#include <array>
#include <cmath>

using namespace mlir;
using namespace mlc;

namespace {

/// An element's position, one number for each dimension.
using Index = Sizes;

int64_t getOffset(SizesRef shape, const Index &index) {
  int64_t offset = 0;
  for (auto [size, position] : llvm::zip_equal(shape, index))
    offset = offset * size + position;
  return offset;
}

/// Calls `body` with every position of `shape`, row-major.
void forEachIndex(SizesRef shape, function_ref<void(const Index &)> body) {
  Index index(shape.size(), 0);
  for (int64_t count = getElementCount(shape); count > 0; --count) {
    body(index);
    for (int64_t dim = shape.size() - 1; dim >= 0; --dim) {
      if (++index[dim] < shape[dim])
        break;
      index[dim] = 0;
    }
  }
}

class Evaluator {
public:
  void set(Value value, Tensor tensor) { values[value] = std::move(tensor); }
  const Tensor &get(Value value) const { return values.find(value)->second; }
  void run(Operation &op);

private:
  double at(Value value, const Index &index) const {
    const Tensor &tensor = get(value);
    return tensor.values[getOffset(tensor.shape, index)];
  }
  /// Sets the op's result, element by element.
  void fill(Operation &op, function_ref<double(const Index &)> compute);
  void scatter(Operation &op, Value operand,
               function_ref<Index(const Index &)> getTarget);
  bool runElementwise(Operation &op);
  void runConstant(ConstantOp op);
  void runConcatenate(ConcatenateOp op);
  void runRandom(RandomOp op);
  void runReduce(ReduceOp op);
  void runDot(DotGeneralOp op);
  void runGather(GatherOp op);
  void runScatterAdd(ScatterAddOp op);
  template <typename Op> void runAttention(Op op);
  void runScan(ScanOp op);

  DenseMap<Value, Tensor> values;
};

} // namespace

void Evaluator::fill(Operation &op,
                     function_ref<double(const Index &)> compute) {
  Tensor result{Sizes(getShape(op.getResult(0))), {}};
  forEachIndex(result.shape, [&](const Index &index) {
    result.values.push_back(compute(index));
  });
  set(op.getResult(0), std::move(result));
}

/// Moves each element of `operand` to its target; the other elements are 0.
void Evaluator::scatter(Operation &op, Value operand,
                        function_ref<Index(const Index &)> getTarget) {
  Tensor result{Sizes(getShape(op.getResult(0))), {}};
  result.values.assign(getElementCount(result.shape), 0);
  forEachIndex(get(operand).shape, [&](const Index &index) {
    result.values[getOffset(result.shape, getTarget(index))] =
        at(operand, index);
  });
  set(op.getResult(0), std::move(result));
}

//===----------------------------------------------------------------------===//
// Elementwise
//===----------------------------------------------------------------------===//

static bool compareElements(Predicate predicate, double x, double y) {
  switch (predicate) {
  case Predicate::eq:
    return x == y;
  case Predicate::ne:
    return x != y;
  case Predicate::lt:
    return x < y;
  case Predicate::le:
    return x <= y;
  case Predicate::gt:
    return x > y;
  case Predicate::ge:
    return x >= y;
  }
  llvm_unreachable("no such predicate");
}

static double convertElement(Value to, double x) {
  if (getTensorType(to).getElementType().isF32())
    return static_cast<float>(x);
  bool toInteger = isa<IntegerType>(getTensorType(to).getElementType());
  return toInteger ? std::trunc(x) : x;
}

using Elements = ArrayRef<double>;

static std::optional<double> computeUnary(Operation &op, double x) {
  using Result = std::optional<double>;
  return llvm::TypeSwitch<Operation *, Result>(&op)
      .Case([&](NegOp) { return -x; })
      .Case([&](AbsOp) { return std::fabs(x); })
      .Case([&](SignOp) { return double((x > 0) - (x < 0)); })
      .Case([&](ExpOp) { return std::exp(x); })
      .Case([&](Expm1Op) { return std::expm1(x); })
      .Case([&](LogOp) { return std::log(x); })
      .Case([&](Log1pOp) { return std::log1p(x); })
      .Case([&](SqrtOp) { return std::sqrt(x); })
      .Case([&](RsqrtOp) { return 1 / std::sqrt(x); })
      .Case([&](TanhOp) { return std::tanh(x); })
      .Case([&](ErfOp) { return std::erf(x); })
      .Case([&](LogisticOp) { return 1 / (1 + std::exp(-x)); })
      .Case([&](NotOp) { return 1 - x; })
      .Case([&](StopGradientOp) { return x; })
      .Case([&](ConvertOp convert) {
        return convertElement(convert.getResult(), x);
      })
      .Default([](Operation *) { return std::nullopt; });
}

static std::optional<double> computeElement(Operation &op, Elements x) {
  using Result = std::optional<double>;
  return llvm::TypeSwitch<Operation *, Result>(&op)
      .Case([&](AddOp) { return x[0] + x[1]; })
      .Case([&](SubOp) { return x[0] - x[1]; })
      .Case([&](MulOp) { return x[0] * x[1]; })
      .Case([&](DivOp) { return x[0] / x[1]; })
      .Case([&](MaxOp) { return std::fmax(x[0], x[1]); })
      .Case([&](MinOp) { return std::fmin(x[0], x[1]); })
      .Case([&](AndOp) { return x[0] * x[1]; })
      .Case([&](OrOp) { return std::fmax(x[0], x[1]); })
      .Case([&](SelectOp) { return x[0] != 0 ? x[1] : x[2]; })
      .Case([&](CompareOp compare) {
        return compareElements(compare.getPredicate(), x[0], x[1]) ? 1.0 : 0.0;
      })
      .Default([&](Operation *) { return computeUnary(op, x[0]); });
}

bool Evaluator::runElementwise(Operation &op) {
  if (!op.hasTrait<OpTrait::Elementwise>())
    return false;
  fill(op, [&](const Index &index) {
    SmallVector<double> elements;
    for (Value operand : op.getOperands())
      elements.push_back(at(operand, index));
    std::optional<double> value = computeElement(op, elements);
    if (!value)
      llvm::report_fatal_error("the evaluator doesn't know " +
                               op.getName().getStringRef());
    return *value;
  });
  return true;
}

//===----------------------------------------------------------------------===//
// Structured
//===----------------------------------------------------------------------===//

void Evaluator::runConstant(ConstantOp op) {
  Tensor result{Sizes(getShape(op.getResult())), {}};
  auto elements = cast<DenseElementsAttr>(op.getValue());
  if (isa<FloatType>(elements.getElementType())) {
    for (APFloat value : elements.getValues<APFloat>())
      result.values.push_back(value.convertToDouble());
  } else {
    bool isBool = elements.getElementType().isInteger(1);
    for (const APInt &value : elements.getValues<APInt>())
      result.values.push_back(isBool ? value.getZExtValue()
                                     : value.getSExtValue());
  }
  set(op.getResult(), std::move(result));
}

void Evaluator::runConcatenate(ConcatenateOp op) {
  fill(*op, [&](const Index &index) {
    Index inner = index;
    int64_t &position = inner[op.getDimension()];
    for (Value operand : op.getOperands()) {
      int64_t size = getShape(operand)[op.getDimension()];
      if (position < size)
        return at(operand, inner);
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

void Evaluator::runRandom(RandomOp op) {
  std::vector<double> words = get(op.getKey()).values;
  auto wrap = [](double word) {
    return static_cast<uint32_t>(static_cast<int64_t>(word));
  };
  std::array<uint32_t, 2> key = {wrap(words[0]), wrap(words[1])};
  bool isF32 = getTensorType(op.getResult()).getElementType().isF32();
  uint32_t element = 0;
  fill(*op, [&](const Index &) {
    auto [x, y] = threefry(key, element++, op.getStream());
    if (isF32)
      return std::ldexp(double(x >> 8), -24);
    return std::ldexp(double((uint64_t(x) << 32 | y) >> 11), -53);
  });
}

void Evaluator::runReduce(ReduceOp op) {
  SizesRef shape = getShape(op.getOperand());
  Sizes sizes = pick(shape, op.getDimensions());
  Sizes kept = getFreeDimensions(shape.size(), op.getDimensions());
  ReduceKind kind = op.getKind();
  fill(*op, [&](const Index &index) {
    double result = kind == ReduceKind::add   ? 0
                    : kind == ReduceKind::max ? -INFINITY
                                              : INFINITY;
    Index full(shape.size());
    for (auto [dim, position] : llvm::zip_equal(kept, index))
      full[dim] = position;
    forEachIndex(sizes, [&](const Index &inner) {
      for (auto [dim, position] : llvm::zip_equal(op.getDimensions(), inner))
        full[dim] = position;
      double x = at(op.getOperand(), full);
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

void Evaluator::runDot(DotGeneralOp op) {
  DotDimensions d = op.getDotDimensions();
  SizesRef lhs = getShape(op.getLhs()), rhs = getShape(op.getRhs());
  Sizes lhsFree = getFreeDimensions(lhs.size(), d.lhsBatch, d.lhsContract);
  Sizes rhsFree = getFreeDimensions(rhs.size(), d.rhsBatch, d.rhsContract);
  Sizes contracted = pick(lhs, d.lhsContract);
  fill(*op, [&](const Index &index) {
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
      sum += at(op.getLhs(), left) * at(op.getRhs(), right);
    });
    return sum;
  });
}

/// Element `step` along the first dimension.
static Tensor getStep(const Tensor &stacked, int64_t step) {
  Tensor slice{Sizes(SizesRef(stacked.shape).drop_front()), {}};
  int64_t count = getElementCount(slice.shape);
  auto first = stacked.values.begin() + step * count;
  slice.values.assign(first, first + count);
  return slice;
}

/// The body, once for each step.
void Evaluator::runScan(ScanOp op) {
  int64_t length = op.getLength();
  std::vector<Tensor> carried, outputs;
  for (Value init : op.getInits())
    carried.push_back(get(init));
  for (Value output : op.getOutputs()) {
    Sizes shape(getShape(output));
    outputs.push_back({shape, std::vector<double>(getElementCount(shape))});
  }
  for (auto [argument, value] :
       llvm::zip_equal(op.getConstants(), op.getInvariants()))
    set(argument, Tensor(get(value)));
  for (int64_t count = 0; count < length; ++count) {
    int64_t step = op.getReverse() ? length - 1 - count : count;
    for (auto [argument, tensor] : llvm::zip_equal(op.getCarried(), carried))
      set(argument, tensor);
    for (auto [argument, value] :
         llvm::zip_equal(op.getSlices(), op.getInputs()))
      set(argument, getStep(get(value), step));
    for (Operation &inner : op.getBody().front().without_terminator())
      run(inner);
    for (auto [tensor, value] : llvm::zip_equal(carried, op.getNext()))
      tensor = get(value);
    for (auto [tensor, value] :
         llvm::zip_equal(outputs, op.getOutputSlices())) {
      const std::vector<double> &slice = get(value).values;
      std::copy(slice.begin(), slice.end(),
                tensor.values.begin() + step * slice.size());
    }
  }
  for (auto [result, tensor] : llvm::zip_equal(op.getFinals(), carried))
    set(result, std::move(tensor));
  for (auto [result, tensor] : llvm::zip_equal(op.getOutputs(), outputs))
    set(result, std::move(tensor));
}

/// The place in a table of the element at `index` of rows picked by `ids`.
static Index getTablePlace(const Tensor &ids, const Index &index) {
  Index place{0};
  size_t rank = ids.shape.size();
  Index idPlace(SizesRef(index).take_front(rank));
  place[0] = int64_t(ids.values[getOffset(ids.shape, idPlace)]);
  place.append(index.begin() + rank, index.end());
  return place;
}

void Evaluator::runGather(GatherOp op) {
  const Tensor &ids = get(op.getIds());
  fill(*op, [&](const Index &index) {
    return at(op.getTable(), getTablePlace(ids, index));
  });
}

void Evaluator::runScatterAdd(ScatterAddOp op) {
  Tensor result = get(op.getTable());
  const Tensor &ids = get(op.getIds());
  forEachIndex(getShape(op.getUpdates()), [&](const Index &index) {
    result.values[getOffset(result.shape, getTablePlace(ids, index))] +=
        at(op.getUpdates(), index);
  });
  set(op.getResult(), std::move(result));
}

template <typename Op> void Evaluator::runAttention(Op op) {
  std::vector<Tensor> results = evaluateAttention(
      op, [&](Value value) -> const Tensor & { return get(value); });
  for (auto [result, tensor] : llvm::zip_equal(op->getResults(), results))
    set(result, std::move(tensor));
}

void Evaluator::run(Operation &operation) {
  if (runElementwise(operation))
    return;
  llvm::TypeSwitch<Operation *>(&operation)
      .Case([&](ConstantOp op) { runConstant(op); })
      .Case([&](ConcatenateOp op) { runConcatenate(op); })
      .Case([&](RandomOp op) { runRandom(op); })
      .Case([&](ReduceOp op) { runReduce(op); })
      .Case([&](DotGeneralOp op) { runDot(op); })
      .Case([&](GatherOp op) { runGather(op); })
      .Case([&](ScatterAddOp op) { runScatterAdd(op); })
      .Case([&](ReverseOp op) {
        fill(*op, [&](const Index &index) {
          Index from = index;
          for (int64_t d : op.getDimensions())
            from[d] = getShape(op.getResult())[d] - 1 - index[d];
          return at(op.getOperand(), from);
        });
      })
      .Case([&](AttentionOp op) { runAttention(op); })
      .Case([&](AttentionGradientOp op) { runAttention(op); })
      .Case([&](ScanOp op) { runScan(op); })
      .Case([&](IotaOp op) {
        fill(*op, [&](const Index &index) {
          return double(index[op.getDimension()]);
        });
      })
      .Case([&](ReshapeOp op) {
        Tensor result{Sizes(getShape(op.getResult())),
                      get(op.getOperand()).values};
        set(op.getResult(), std::move(result));
      })
      .Case([&](BroadcastOp op) {
        fill(*op, [&](const Index &index) {
          Index inner = pick(index, op.getDimensions());
          for (auto [position, size] :
               llvm::zip_equal(inner, getShape(op.getOperand())))
            position = size == 1 ? 0 : position;
          return at(op.getOperand(), inner);
        });
      })
      .Case([&](TransposeOp op) {
        Sizes inverse = invertPermutation(op.getPermutation());
        fill(*op, [&](const Index &index) {
          return at(op.getOperand(), pick(index, inverse));
        });
      })
      .Case([&](SliceOp op) {
        fill(*op, [&](const Index &index) {
          Index inner = index;
          for (auto [dim, position] : llvm::enumerate(inner))
            position = op.getOffsets()[dim] + position * op.getStrides()[dim];
          return at(op.getOperand(), inner);
        });
      })
      .Case([&](PadOp op) {
        scatter(*op, op.getOperand(), [&](const Index &index) {
          Index outer = index;
          for (auto [dim, position] : llvm::enumerate(outer))
            position =
                op.getLow()[dim] + position * (op.getInterior()[dim] + 1);
          return outer;
        });
      })
      .Default([](Operation *op) {
        llvm::report_fatal_error("the evaluator doesn't know " +
                                 op->getName().getStringRef());
      });
}

std::vector<Tensor> mlc::evaluate(func::FuncOp function,
                                  const std::vector<Tensor> &arguments) {
  Evaluator evaluator;
  for (auto [argument, tensor] :
       llvm::zip_equal(function.getArguments(), arguments))
    evaluator.set(argument, tensor);
  Block &body = function.getBody().front();
  for (Operation &op : body.without_terminator())
    evaluator.run(op);
  std::vector<Tensor> results;
  for (Value value : body.getTerminator()->getOperands())
    results.push_back(evaluator.get(value));
  return results;
}
