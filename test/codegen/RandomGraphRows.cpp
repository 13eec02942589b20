//===-- RandomGraphRows.cpp - how each op comes into a random graph -------===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "RandomGraph.h"

using namespace mlc;
using namespace mlir;

using Graph = RandomGraph;

/// The op called `name` of `operands`, whose result has `type`.
static Value makeNamed(Graph &g, StringRef name, ValueRange operands,
                       Type type) {
  OperationState state(g.loc, ("mlc." + name).str(), operands, type);
  return g.b.create(state)->getResult(0);
}

static RankedTensorType floatType(Graph &g, SizesRef shape) {
  return RankedTensorType::get(shape, g.element);
}

/// Floats from `value` where booleans are true.
static void addSelected(Graph &g, Value condition) {
  SizesRef shape = getShape(condition);
  Value onTrue = g.floats(shape), onFalse = g.floats(shape);
  g.add(SelectOp::create(g.b, g.loc, condition, onTrue, onFalse),
        std::max(g.bound(onTrue), g.bound(onFalse)));
}

//===----------------------------------------------------------------------===//
// Elementwise
//===----------------------------------------------------------------------===//

/// On all floats, with results no larger than the operand or than 1.
static void makeUnary(Graph &g, StringRef op) {
  Value x = g.any();
  g.add(makeNamed(g, op, x, x.getType()), std::max(1.0, g.bound(x)));
}

/// Grows fast.
static void makeExponential(Graph &g, StringRef op) {
  Value x = g.bounded(g.any());
  g.add(makeNamed(g, op, x, x.getType()), 2.8);
}

/// On positive numbers.
static void makePositive(Graph &g, StringRef op) {
  Value x = g.positive(g.any());
  g.add(makeNamed(g, op, x, x.getType()), 1.5);
}

/// Has jumps: on arguments, so that rounding doesn't decide.
static void makeSign(Graph &g, StringRef op) {
  Value x = g.argument(g.shape(g.between(1, 3)));
  g.add(makeNamed(g, op, x, x.getType()), 1);
}

static void makeStopGradient(Graph &g, StringRef op) {
  Value x = g.any();
  g.add(makeNamed(g, op, x, x.getType()), g.bound(x));
  g.skipDifferences();
}

/// Of numbers that are the same in both precisions.
static void makeRounded(Graph &g, StringRef) {
  Value x = g.argument(g.shape(g.between(1, 3)));
  Value single = convertTo(g.b, g.loc, x, g.b.getF32Type());
  Value rounded = RoundBfloat16Op::create(g.b, g.loc, single);
  g.add(convertTo(g.b, g.loc, rounded, g.element), 1);
  g.skipPrecision();
}

/// Whether to make a product of bfloat16s.
static bool drawBfloat16(Graph &g) {
  if (!g.element.isF32() || !g.chance(3))
    return false;
  g.skipPrecision();
  return true;
}

static void makeBinary(Graph &g, StringRef op) {
  // Whole numbers are exact in either precision.
  if (g.chance(8)) {
    Sizes shape = g.shape(2);
    Value x = g.integers(shape, 5), y = g.integers(shape, 5);
    Value result = makeNamed(g, op, {x, y}, x.getType());
    return g.add(convertTo(g.b, g.loc, result, g.element), 16);
  }
  Value x = g.any(), y = g.floats(getShape(x));
  double bound =
      op == "mul" ? g.bound(x) * g.bound(y) : g.bound(x) + g.bound(y);
  g.add(makeNamed(g, op, {x, y}, x.getType()), bound);
}

static void makeDivision(Graph &g, StringRef op) {
  Value x = g.any(), y = g.positive(g.floats(getShape(x)));
  g.add(makeNamed(g, op, {x, y}, x.getType()), 2 * g.bound(x));
}

static void makeLogic(Graph &g, StringRef op) {
  Sizes shape = g.shape(g.between(1, 3));
  SmallVector<Value> operands{g.booleans(shape)};
  if (op != "not")
    operands.push_back(g.booleans(shape));
  addSelected(g, makeNamed(g, op, operands, operands[0].getType()));
}

static void makeCompare(Graph &g, StringRef) {
  addSelected(g, g.booleans(g.shape(g.between(0, 3))));
}

static void makeSelect(Graph &g, StringRef) {
  addSelected(g, g.booleans(getShape(g.any())));
}

static void makeConvert(Graph &g, StringRef) {
  Sizes shape = g.shape(g.between(1, 3));
  Type float32 = g.b.getF32Type(), float64 = g.b.getF64Type();
  auto convert = [&](Value value, Type element) {
    return convertTo(g.b, g.loc, value, element);
  };
  switch (g.pick(4)) {
  case 0:
    return g.add(convert(g.integers(shape, 9), g.element), 9);
  case 1:
    return g.add(convert(g.booleans(shape), g.element), 1);
  case 2: {
    // Truncates, in parts: of an argument, so that rounding doesn't decide.
    Value x = g.argument(shape);
    Value four = constantSplat(g.b, g.loc, x.getType(), 4);
    Value whole = convert(MulOp::create(g.b, g.loc, x, four), g.b.getI32Type());
    return g.add(convert(whole, g.element), 4);
  }
  default: {
    // Exact: a rounding would depend on the last bit before it.
    Value x = g.argument(shape);
    Value other = convert(x, g.element == float32 ? float64 : float32);
    g.add(convert(other, g.element), g.bound(x));
    g.skipDifferences(); // they are smaller than single precision sees
  }
  }
}

//===----------------------------------------------------------------------===//
// Sources
//===----------------------------------------------------------------------===//

static void makeConstant(Graph &g, StringRef) {
  Value x = g.any();
  Value product = MulOp::create(g.b, g.loc, x, g.constant(getShape(x)));
  g.add(product, g.bound(x));
}

static void makeIota(Graph &g, StringRef) {
  Value x = g.any(1);
  SizesRef shape = getShape(x);
  int64_t dimension = g.pick(shape.size());
  Type element = g.chance(2) ? Type(g.element) : g.b.getI32Type();
  auto type = RankedTensorType::get(shape, element);
  Value iota = IotaOp::create(g.b, g.loc, type, dimension);
  iota = convertTo(g.b, g.loc, iota, g.element);
  g.add(MulOp::create(g.b, g.loc, x, iota), g.bound(x) * shape[dimension]);
}

static void makeRandom(Graph &g, StringRef) {
  Value x = g.any();
  Value key = g.key();
  auto number = RankedTensorType::get({}, g.b.getI32Type());
  Value stream = constantSplat(g.b, g.loc, number, double(g.pick(100)));
  Value random =
      RandomOp::create(g.b, g.loc, floatType(g, getShape(x)), key, stream);
  g.add(MulOp::create(g.b, g.loc, x, random), g.bound(x));
}

//===----------------------------------------------------------------------===//
// Shape
//===----------------------------------------------------------------------===//

static void makeBroadcast(Graph &g, StringRef) {
  Sizes shape = g.shape(g.between(1, 4));
  Sizes kept = g.dimensions(shape.size(), 0);
  Sizes inner = pick(shape, kept);
  for (int64_t &size : inner)
    size = g.chance(4) ? 1 : size;
  Value x = g.floats(inner);
  auto type = floatType(g, shape);
  g.add(BroadcastOp::create(g.b, g.loc, type, x, kept), g.bound(x));
}

static void makeReshape(Graph &g, StringRef) {
  Value x = g.any();
  Sizes shape;
  int64_t rest = getElementCount(getShape(x));
  while (rest > 1 && shape.size() < 3) {
    int64_t size = g.between(1, 4);
    if (rest % size != 0)
      size = 1;
    shape.push_back(size);
    rest /= size;
  }
  shape.push_back(rest);
  g.add(reshapeTo(g.b, g.loc, x, shape), g.bound(x));
}

static void makeTranspose(Graph &g, StringRef) {
  Value x = g.any(2);
  Sizes permutation = g.permutation(getShape(x).size());
  g.add(transpose(g.b, g.loc, x, permutation), g.bound(x));
}

static void makeReverse(Graph &g, StringRef) {
  Value x = g.any(1);
  Sizes dimensions = g.dimensions(getShape(x).size(), 1);
  g.add(ReverseOp::create(g.b, g.loc, x.getType(), x, dimensions), g.bound(x));
}

static void makeSlice(Graph &g, StringRef) {
  Value x = g.any(1);
  Sizes offsets, sizes, strides;
  for (int64_t size : getShape(x)) {
    offsets.push_back(g.pick(size));
    strides.push_back(g.between(1, 3));
    int64_t most = (size - offsets.back() - 1) / strides.back() + 1;
    sizes.push_back(g.between(1, most));
  }
  g.add(slice(g.b, g.loc, x, offsets, sizes, strides), g.bound(x));
}

static void makePad(Graph &g, StringRef) {
  Value x = g.any(1);
  Sizes low, high, interior;
  for (size_t d = 0; d < getShape(x).size(); ++d) {
    low.push_back(g.pick(3));
    high.push_back(g.pick(3));
    interior.push_back(g.chance(3) ? g.pick(3) : 0);
  }
  g.add(pad(g.b, g.loc, x, low, high, interior), g.bound(x));
}

static void makeConcatenate(Graph &g, StringRef) {
  Value first = g.any(1);
  Sizes shape(getShape(first));
  int64_t dimension = g.pick(shape.size());
  SmallVector<Value> values{first};
  double bound = g.bound(first);
  for (int64_t more = g.between(1, 2); more > 0; --more) {
    shape[dimension] = g.size();
    values.push_back(g.floats(shape));
    bound = std::max(bound, g.bound(values.back()));
  }
  g.add(concatenate(g.b, g.loc, values, dimension), bound);
}

//===----------------------------------------------------------------------===//
// Reductions and products
//===----------------------------------------------------------------------===//

static void makeReduce(Graph &g, StringRef) {
  Value x = g.any(1);
  Sizes dimensions = g.dimensions(getShape(x).size(), 1);
  auto kind = static_cast<ReduceKind>(g.pick(3));
  double count = kind == ReduceKind::add
                     ? getElementCount(pick(getShape(x), dimensions))
                     : 1;
  g.add(reduce(g.b, g.loc, kind, x, dimensions), g.bound(x) * count);
}

/// Sizes of operands are drawn dimension by dimension, then put in any order.
static void makeDotGeneral(Graph &g, StringRef) {
  Sizes batch = g.shape(g.pick(3)), contract = g.shape(g.pick(3));
  auto operand = [&](Sizes &batchAt, Sizes &contractAt) {
    Sizes sizes(batch);
    sizes.append(contract);
    sizes.append(g.shape(g.pick(3)));
    while (getElementCount(sizes) > 400) // the largest of small sizes is 17
      sizes.pop_back();
    if (sizes.size() < batch.size() + contract.size()) {
      sizes = batch;
      sizes.append(contract);
    }
    Sizes order = g.permutation(sizes.size());
    Sizes place = invertPermutation(order);
    batchAt = Sizes(SizesRef(place).take_front(batch.size()));
    contractAt = Sizes(SizesRef(place).slice(batch.size(), contract.size()));
    return g.floats(pick(sizes, order));
  };
  DotDimensions dims;
  Value lhs = operand(dims.lhsBatch, dims.lhsContract);
  Value rhs = operand(dims.rhsBatch, dims.rhsContract);
  Sizes result = getDotShape(getShape(lhs), getShape(rhs), dims);
  if (getElementCount(result) > 4000)
    return;
  g.add(dotGeneral(g.b, g.loc, lhs, rhs, dims, drawBfloat16(g)),
        g.bound(lhs) * g.bound(rhs) * getElementCount(contract));
}

//===----------------------------------------------------------------------===//
// Rows of tables
//===----------------------------------------------------------------------===//

static void makeGather(Graph &g, StringRef) {
  Value table = g.any(1);
  Value ids = g.integers(g.shape(g.pick(3)), getShape(table)[0]);
  Sizes shape(getShape(ids));
  shape.append(Sizes(getShape(table).drop_front()));
  auto type = floatType(g, shape);
  g.add(GatherOp::create(g.b, g.loc, type, table, ids), g.bound(table));
}

static void makeScatterAdd(Graph &g, StringRef) {
  Value table = g.any(1);
  Value ids = g.integers(g.shape(g.pick(3)), getShape(table)[0]);
  Sizes shape(getShape(ids));
  int64_t count = getElementCount(shape);
  shape.append(Sizes(getShape(table).drop_front()));
  Value updates = g.floats(shape);
  g.add(ScatterAddOp::create(g.b, g.loc, table.getType(), table, ids, updates),
        g.bound(table) + g.bound(updates) * count);
}

//===----------------------------------------------------------------------===//
// Convolutions and windows
//===----------------------------------------------------------------------===//

namespace {
struct Convolution {
  Sizes input, filter, output;
  ConvolutionWindow window;
};
} // namespace

static Convolution drawConvolution(Graph &g) {
  Convolution c;
  int64_t spatial = g.between(1, 2), batch = g.between(1, 3);
  int64_t groups = g.chance(3) ? 2 : 1, inner = g.between(1, 3);
  int64_t filters = groups * g.between(1, 4);
  c.window.groups = groups;
  c.input = c.output = {batch};
  for (int64_t d = 0; d < spatial; ++d) {
    int64_t size = g.between(1, 9), taps = g.between(1, 3);
    int64_t stride = g.between(1, 2), dilation = g.between(1, 2);
    int64_t low = g.pick(3), high = g.pick(3);
    int64_t reach = (taps - 1) * dilation + 1;
    size = std::max(size, reach - low - high);
    c.input.push_back(size);
    c.filter.push_back(taps);
    c.output.push_back((size + low + high - reach) / stride + 1);
    c.window.strides.push_back(stride);
    c.window.dilations.push_back(dilation);
    c.window.low.push_back(low);
  }
  c.input.push_back(groups * inner);
  c.filter.push_back(inner);
  c.filter.push_back(filters);
  c.output.push_back(filters);
  return c;
}

template <typename Op>
static void addConvolution(Graph &g, const Convolution &c, SizesRef lhsShape,
                           SizesRef rhsShape, SizesRef result, int64_t terms) {
  Value lhs = g.floats(lhsShape), rhs = g.floats(rhsShape);
  Value value = Op::create(g.b, g.loc, floatType(g, result), lhs, rhs,
                           c.window.strides, c.window.low, c.window.dilations,
                           c.window.groups, drawBfloat16(g));
  g.add(value, g.bound(lhs) * g.bound(rhs) * terms);
}

static void makeConvolution(Graph &g, StringRef) {
  Convolution c = drawConvolution(g);
  int64_t terms = getElementCount(SizesRef(c.filter).drop_back());
  addConvolution<ConvolutionOp>(g, c, c.input, c.filter, c.output, terms);
}

static void makeConvolutionInput(Graph &g, StringRef) {
  Convolution c = drawConvolution(g);
  addConvolution<ConvolutionInputOp>(g, c, c.output, c.filter, c.input,
                                     getElementCount(c.filter));
}

static void makeConvolutionFilter(Graph &g, StringRef) {
  Convolution c = drawConvolution(g);
  int64_t terms = getElementCount(SizesRef(c.output).drop_back());
  addConvolution<ConvolutionFilterOp>(g, c, c.input, c.output, c.filter, terms);
}

namespace {
struct Windows {
  Sizes full, windowed, window, strides, low;
};
} // namespace

static Windows drawWindows(Graph &g) {
  Windows w;
  for (int64_t rank = g.between(1, 4); rank > 0; --rank) {
    int64_t size = g.between(1, 8), window = g.between(1, 3);
    int64_t stride = g.between(1, 3), low = g.pick(window);
    w.full.push_back(size);
    w.window.push_back(window);
    w.strides.push_back(stride);
    w.low.push_back(low);
    // As many as begin before the end, or fewer.
    int64_t most = (size - 1 + low) / stride + 1;
    w.windowed.push_back(g.between(std::max<int64_t>(1, most - 1), most));
  }
  return w;
}

static ReduceKind drawExtremum(Graph &g) {
  return g.chance(2) ? ReduceKind::max : ReduceKind::min;
}

static void makeReduceWindow(Graph &g, StringRef) {
  Windows w = drawWindows(g);
  Value x = g.floats(w.full);
  ReduceKind kind = g.chance(2) ? ReduceKind::add : drawExtremum(g);
  Value result = ReduceWindowOp::create(g.b, g.loc, floatType(g, w.windowed),
                                        kind, x, w.window, w.strides, w.low);
  g.add(result, g.bound(x) * getElementCount(w.window));
}

static void makeSpreadWindow(Graph &g, StringRef) {
  Windows w = drawWindows(g);
  Value x = g.floats(w.windowed);
  Value result = SpreadWindowOp::create(g.b, g.loc, floatType(g, w.full), x,
                                        w.window, w.strides, w.low);
  g.add(result, g.bound(x) * getElementCount(w.window));
}

/// Keys are arguments, so that rounding doesn't decide which is the largest.
static void makeSelectWindow(Graph &g, StringRef) {
  Windows w = drawWindows(g);
  Value keys = g.argument(w.full), x = g.floats(w.windowed);
  Value result =
      SelectWindowOp::create(g.b, g.loc, floatType(g, w.full), drawExtremum(g),
                             keys, x, w.window, w.strides, w.low);
  g.add(result, g.bound(x) * getElementCount(w.window));
}

static void makePickWindow(Graph &g, StringRef) {
  Windows w = drawWindows(g);
  Value keys = g.argument(w.full), x = g.floats(w.full);
  Value result = PickWindowOp::create(g.b, g.loc, floatType(g, w.windowed),
                                      drawExtremum(g), keys, x, w.window,
                                      w.strides, w.low);
  g.add(result, g.bound(x));
}

//===----------------------------------------------------------------------===//
// Attention and loops
//===----------------------------------------------------------------------===//

static void makeAttention(Graph &g, StringRef) {
  int64_t batch = g.between(1, 2), rows = g.between(1, 9);
  int64_t columns = g.between(1, 9), share = g.between(1, 2);
  int64_t heads = share * g.between(1, 2), size = g.between(1, 8);
  Sizes ofQuery{batch, rows, heads, size};
  Sizes ofKey{batch, columns, heads / share, size};
  Value query = g.floats(ofQuery), key = g.floats(ofKey),
        value = g.floats(ofKey);
  Value mask;
  if (g.chance(2)) {
    Sizes shape{batch, heads, rows, columns};
    for (int64_t d = 0; d < 3; ++d)
      shape[d] = g.chance(2) ? 1 : shape[d];
    mask = g.booleans(shape);
  }
  auto attention = AttentionOp::create(
      g.b, g.loc, floatType(g, ofQuery), floatType(g, {batch, heads, rows}),
      query, key, value, mask, llvm::APFloat(0.5),
      /*causal=*/g.chance(2), drawBfloat16(g));
  g.add(attention.getOutput(), g.bound(value));
}

/// h' = tanh(h * w + x), and each step's h' * x comes out.
static void makeScan(Graph &g, StringRef) {
  Sizes shape = g.shape(g.between(1, 2));
  int64_t length = g.between(1, 5);
  Sizes stacked{length};
  stacked.append(shape);
  Value h = g.floats(shape), x = g.floats(stacked), w = g.floats(shape);
  auto step = floatType(g, shape);
  auto scan = ScanOp::create(g.b, g.loc, TypeRange{step, floatType(g, stacked)},
                             ValueRange{h}, ValueRange{x}, ValueRange{w},
                             g.b.getI64IntegerAttr(length),
                             g.chance(2) ? g.b.getUnitAttr() : UnitAttr());
  double largest = g.bound(x);
  {
    OpBuilder::InsertionGuard guard(g.b);
    Block *body = g.b.createBlock(&scan.getBody(), {}, {step, step, step},
                                  {g.loc, g.loc, g.loc});
    Value product =
        MulOp::create(g.b, g.loc, body->getArgument(0), body->getArgument(2));
    Value sum = AddOp::create(g.b, g.loc, product, body->getArgument(1));
    Value next = TanhOp::create(g.b, g.loc, sum);
    Value out = MulOp::create(g.b, g.loc, next, body->getArgument(1));
    YieldOp::create(g.b, g.loc, ValueRange{next, out});
  }
  g.add(scan.getResult(0), 1);
  g.add(scan.getResult(1), largest);
}

ArrayRef<RandomGraphRow> mlc::getRandomGraphRows() {
  static const RandomGraphRow rows[] = {
      {"neg", makeUnary},
      {"abs", makeUnary},
      {"tanh", makeUnary},
      {"erf", makeUnary},
      {"logistic", makeUnary},
      {"exp", makeExponential},
      {"expm1", makeExponential},
      {"log", makePositive},
      {"log1p", makePositive},
      {"sqrt", makePositive},
      {"rsqrt", makePositive},
      {"sign", makeSign},
      {"stop_gradient", makeStopGradient},
      {"round_bfloat16", makeRounded},
      {"add", makeBinary},
      {"sub", makeBinary},
      {"mul", makeBinary},
      {"max", makeBinary},
      {"min", makeBinary},
      {"div", makeDivision},
      {"and", makeLogic},
      {"or", makeLogic},
      {"not", makeLogic},
      {"compare", makeCompare},
      {"select", makeSelect},
      {"convert", makeConvert},
      {"constant", makeConstant},
      {"iota", makeIota},
      {"random", makeRandom},
      {"broadcast", makeBroadcast},
      {"reshape", makeReshape},
      {"transpose", makeTranspose},
      {"reverse", makeReverse},
      {"slice", makeSlice},
      {"pad", makePad},
      {"concatenate", makeConcatenate},
      {"reduce", makeReduce},
      {"dot_general", makeDotGeneral},
      {"gather", makeGather},
      {"scatter_add", makeScatterAdd},
      {"convolution", makeConvolution},
      {"convolution_input", makeConvolutionInput},
      {"convolution_filter", makeConvolutionFilter},
      {"reduce_window", makeReduceWindow},
      {"spread_window", makeSpreadWindow},
      {"select_window", makeSelectWindow},
      {"pick_window", makePickWindow},
      {"attention", makeAttention},
      {"scan", makeScan},
  };
  return rows;
}
