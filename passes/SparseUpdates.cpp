//===-- SparseUpdates.cpp - --mlc-sparse-updates --------------------------===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The gradient of a table is zero but in the rows that were looked up: a
// scatter into zeros. As long as an optimizer only scales it and adds it to
// something, it can scatter into that something instead. Then nothing as large
// as the table is made, and where the something is the parameter itself, the
// memory plan lets the scatter change its rows in place.
//
//===----------------------------------------------------------------------===//

#include "passes/SparseUpdates.h"

#include "ir/Builders.h"
#include "passes/Passes.h"

#include "mlir/IR/Matchers.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"

namespace mlc {
#define GEN_PASS_DEF_SPARSEUPDATES
#include "passes/Passes.h.inc"
} // namespace mlc

using namespace mlir;
using namespace mlc;

namespace {

/// What something is multiplied by: a number, and scalars of the program.
struct Scale {
  double number = 1;
  SmallVector<Value> scalars;
};

/// A scatter of a sum of scatters into zeros.
struct Part {
  ScatterAddOp scatter;
  Scale scale;
};

/// Finds the scatters that make up a value.
class SparseSum {
public:
  /// Whether `value` is zero but for scatters, used by nothing else; then
  /// `parts` has them in the order in which they add.
  bool collect(Value value, const Scale &scale);

  SmallVector<Part> parts;

private:
  bool collectScatter(ScatterAddOp op, const Scale &scale);
  bool collectProduct(MulOp op, const Scale &scale);
};

} // namespace

static bool isZero(Value value) {
  return matchPattern(value, m_AnyZeroFloat());
}

static Scale negate(Scale scale) {
  scale.number = -scale.number;
  return scale;
}

/// `scale` times `value`, if that is the same everywhere.
static std::optional<Scale> multiply(Scale scale, Value value) {
  SplatElementsAttr splat;
  if (matchPattern(value, m_Constant(&splat))) {
    scale.number *= splat.getSplatValue<APFloat>().convertToDouble();
    return scale;
  }
  auto broadcast = value.getDefiningOp<BroadcastOp>();
  if (!broadcast || !getShape(broadcast.getOperand()).empty())
    return std::nullopt;
  scale.scalars.push_back(broadcast.getOperand());
  return scale;
}

bool SparseSum::collectScatter(ScatterAddOp op, const Scale &scale) {
  if (!isZero(op.getTable()) && !collect(op.getTable(), scale))
    return false;
  parts.push_back({op, scale});
  return true;
}

bool SparseSum::collectProduct(MulOp op, const Scale &scale) {
  if (std::optional<Scale> scaled = multiply(scale, op.getRhs()))
    return collect(op.getLhs(), *scaled);
  std::optional<Scale> scaled = multiply(scale, op.getLhs());
  return scaled && collect(op.getRhs(), *scaled);
}

bool SparseSum::collect(Value value, const Scale &scale) {
  Operation *op = value.getDefiningOp();
  if (!op || !value.hasOneUse())
    return false;
  if (auto scatter = dyn_cast<ScatterAddOp>(op))
    return collectScatter(scatter, scale);
  if (auto product = dyn_cast<MulOp>(op))
    return collectProduct(product, scale);
  if (isa<NegOp>(op))
    return collect(op->getOperand(0), negate(scale));
  if (!isa<AddOp, SubOp>(op))
    return false;
  return collect(op->getOperand(0), scale) &&
         collect(op->getOperand(1), isa<SubOp>(op) ? negate(scale) : scale);
}

static Value applyScale(OpBuilder &b, Location loc, Value value,
                        const Scale &scale) {
  for (Value scalar : scale.scalars) {
    Value factor = broadcastScalar(b, loc, scalar, getShape(value));
    value = MulOp::create(b, loc, value, factor);
  }
  if (scale.number == 1)
    return value;
  if (scale.number == -1)
    return NegOp::create(b, loc, value);
  Value factor = constantSplat(b, loc, value.getType(), scale.number);
  return MulOp::create(b, loc, value, factor);
}

/// Rewrites `op`, a sum or difference, if what it adds to `base` is sparse.
static bool scatterInto(Operation *op, Value base, Value sparse,
                        const Scale &scale) {
  SparseSum sum;
  if (!sum.collect(sparse, scale))
    return false;
  OpBuilder b(op);
  Value table = base;
  for (const Part &part : sum.parts) {
    ScatterAddOp scatter = part.scatter;
    Value updates =
        applyScale(b, scatter.getLoc(), scatter.getUpdates(), part.scale);
    table = ScatterAddOp::create(b, scatter.getLoc(), table, scatter.getIds(),
                                 updates);
  }
  op->getResult(0).replaceAllUsesWith(table);
  return true;
}

static bool rewrite(Operation *op) {
  if (isa<SubOp>(op))
    return scatterInto(op, op->getOperand(0), op->getOperand(1), {-1, {}});
  if (!isa<AddOp>(op))
    return false;
  return scatterInto(op, op->getOperand(0), op->getOperand(1), {}) ||
         scatterInto(op, op->getOperand(1), op->getOperand(0), {});
}

//===----------------------------------------------------------------------===//
// What became of each table
//===----------------------------------------------------------------------===//

/// The rows that scatters change on the way from `table` to `value`; nothing
/// if something else happens on it.
static std::optional<int64_t> countRows(Value value, Value table) {
  int64_t rows = 0;
  while (value != table) {
    auto scatter = value.getDefiningOp<ScatterAddOp>();
    if (!scatter)
      return std::nullopt;
    rows += getTensorType(scatter.getIds()).getNumElements();
    value = scatter.getTable();
  }
  return rows;
}

/// What the optimizer keeps for each element of a parameter.
static std::vector<std::string> findSlots(func::FuncOp function,
                                          StringRef parameter) {
  std::vector<std::string> slots;
  std::string prefix = ("optimizer/" + parameter + "/").str();
  for (unsigned i = 0; i < function.getNumArguments(); ++i)
    if (auto name = function.getArgAttrOfType<StringAttr>(i, attr::kName);
        name && name.getValue().starts_with(prefix))
      slots.push_back(name.getValue().drop_front(prefix.size()).str());
  return slots;
}

static bool isLookedUp(Value table) {
  return llvm::any_of(table.getUsers(), [&](Operation *user) {
    auto gather = dyn_cast<GatherOp>(user);
    return gather && gather.getTable() == table;
  });
}

std::vector<TableUpdate> mlc::findTableUpdates(func::FuncOp function) {
  std::vector<TableUpdate> updates;
  Operation *end = function.getBody().front().getTerminator();
  for (OpOperand &result : end->getOpOperands()) {
    auto updated = function.getResultAttrOfType<IntegerAttr>(
        result.getOperandNumber(), attr::kUpdates);
    if (!updated)
      continue;
    Value table = function.getArgument(updated.getInt());
    auto name =
        function.getArgAttrOfType<StringAttr>(updated.getInt(), attr::kName);
    if (!name || !isLookedUp(table))
      continue;
    updates.push_back({name.str(), countRows(result.get(), table),
                       findSlots(function, name)});
  }
  return updates;
}

std::string TableUpdate::describe() const {
  if (rows)
    return name + ": sparse update, " + std::to_string(*rows) +
           (*rows == 1 ? " row a step" : " rows a step");
  std::string why = "weight decay, a penalty or clipping needs every row";
  if (!slots.empty())
    why = "the optimizer keeps " + llvm::join(slots, ", ") + " of every row";
  return name + ": dense update, for " + why;
}

namespace {
struct SparseUpdatesPass
    : public mlc::impl::SparseUpdatesBase<SparseUpdatesPass> {
  void runOnOperation() override {
    if (getOperation().isExternal())
      return;
    // From the end: the outermost sum comes before those that are part of it.
    Block &body = getOperation().getBody().front();
    SmallVector<Operation *> ops;
    for (Operation &op : body.without_terminator())
      ops.push_back(&op);
    for (Operation *op : llvm::reverse(ops))
      if ((op->use_empty() && isPure(op)) || rewrite(op))
        op->erase();
  }
};
} // namespace
