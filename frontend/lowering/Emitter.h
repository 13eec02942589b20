//===-- Emitter.h - arithmetic on tensors as mlc ops -------------*- C++
//-*-===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef MLC_FRONTEND_LOWERING_EMITTER_H
#define MLC_FRONTEND_LOWERING_EMITTER_H

#include "frontend/Model.h"
#include "ir/Builders.h"

#include "mlir/IR/ImplicitLocOpBuilder.h"

namespace mlc::frontend {

/// Writes formulas as ops, at the insertion point and the current location.
class Emitter : public mlir::ImplicitLocOpBuilder {
public:
  /// Floats of the model are of type `floatType`.
  Emitter(mlir::Location loc, mlir::MLIRContext *context,
          mlir::FloatType floatType)
      : ImplicitLocOpBuilder(loc, context), floatType(floatType) {}

  mlir::FloatType getFloatType() const { return floatType; }
  mlir::RankedTensorType tensorType(llvm::ArrayRef<int64_t> shape,
                                    mlir::Type element) const {
    return mlir::RankedTensorType::get(shape, element);
  }
  /// The type of a tensor of the model with `batch` rows.
  mlir::RankedTensorType tensorType(const TensorType &type, int64_t batch);

  /// Ops are made for `name` (a layer, usually) from here on.
  void setOrigin(llvm::StringRef name, const Location &location);

  /// Products are made by `policy` from here on. What is made of f64, to check
  /// the rest, knows float32 only.
  void setPolicy(Policy policy) {
    bfloat16 = policy == Policy::MixedBfloat16 && floatType.isF32();
  }
  bool getBfloat16() const { return bfloat16; }

  // Arithmetic; a number stands for a tensor full of it.
  mlir::Value splat(mlir::Value like, double number) {
    return constantSplat(*this, getLoc(), like.getType(), number);
  }
  mlir::Value scalar(mlir::Type element, double number) {
    return constantSplat(*this, getLoc(), tensorType({}, element), number);
  }
  /// A tensor of the model's floats.
  mlir::Value constant(llvm::ArrayRef<double> values,
                       llvm::ArrayRef<int64_t> shape);
  mlir::Value add(mlir::Value x, mlir::Value y) {
    return AddOp::create(*this, x, y);
  }
  mlir::Value add(mlir::Value x, double y) { return add(x, splat(x, y)); }
  mlir::Value sub(mlir::Value x, mlir::Value y) {
    return SubOp::create(*this, x, y);
  }
  mlir::Value sub(mlir::Value x, double y) { return sub(x, splat(x, y)); }
  mlir::Value mul(mlir::Value x, mlir::Value y) {
    return MulOp::create(*this, x, y);
  }
  mlir::Value mul(mlir::Value x, double y) { return mul(x, splat(x, y)); }
  mlir::Value div(mlir::Value x, mlir::Value y) {
    return DivOp::create(*this, x, y);
  }
  mlir::Value maximum(mlir::Value x, double y) {
    return MaxOp::create(*this, x, splat(x, y));
  }
  mlir::Value minimum(mlir::Value x, double y) {
    return MinOp::create(*this, x, splat(x, y));
  }
  /// x^exponent of x >= 0 and an exponent >= 0. Small whole exponents are
  /// products, which have their derivative at 0 too.
  mlir::Value power(mlir::Value x, double exponent);
  /// log(1 + e^x), whose derivative is right at 0 as well.
  mlir::Value softplus(mlir::Value x);
  template <typename Op> mlir::Value unary(mlir::Value x) {
    return Op::create(*this, x);
  }
  mlir::Value compare(Predicate predicate, mlir::Value x, mlir::Value y) {
    return mlc::compare(*this, getLoc(), predicate, x, y);
  }
  mlir::Value select(mlir::Value condition, mlir::Value x, mlir::Value y) {
    return SelectOp::create(*this, condition, x, y);
  }
  mlir::Value convert(mlir::Value x, mlir::Type element) {
    return convertTo(*this, getLoc(), x, element);
  }
  mlir::Value iota(llvm::ArrayRef<int64_t> shape, int64_t dimension);
  mlir::Value random(mlir::Value key, int32_t stream,
                     llvm::ArrayRef<int64_t> shape);

  // Products, by the current policy.
  mlir::Value dot(mlir::Value lhs, mlir::Value rhs, const DotDimensions &dims) {
    return dotGeneral(*this, getLoc(), lhs, rhs, dims, bfloat16);
  }
  /// `lhs` is (..., k), `rhs` is (k, n).
  mlir::Value matmul(mlir::Value lhs, mlir::Value rhs) {
    return dot(lhs, rhs, {{}, {}, {getTensorType(lhs).getRank() - 1}, {0}});
  }

  // Shapes.
  mlir::Value broadcastScalar(mlir::Value x, llvm::ArrayRef<int64_t> shape) {
    return mlc::broadcastScalar(*this, getLoc(), x, shape);
  }
  mlir::Value reshape(mlir::Value x, llvm::ArrayRef<int64_t> shape) {
    return reshapeTo(*this, getLoc(), x, shape);
  }
  /// Combines along dimensions (sorted).
  mlir::Value reduce(ReduceKind kind, mlir::Value x,
                     llvm::ArrayRef<int64_t> dimensions) {
    return mlc::reduce(*this, getLoc(), kind, x, dimensions);
  }
  /// Repeats the result of a reduction along the dimensions it went over.
  mlir::Value expand(mlir::Value x, llvm::ArrayRef<int64_t> shape,
                     llvm::ArrayRef<int64_t> dimensions) {
    return broadcastReduced(*this, getLoc(), x, shape, dimensions);
  }
  /// Dimension i of `x` becomes dimension `dimensions[i]` of `shape`.
  mlir::Value broadcast(mlir::Value x, llvm::ArrayRef<int64_t> shape,
                        llvm::ArrayRef<int64_t> dimensions) {
    return broadcastTo(*this, getLoc(), x, shape, dimensions);
  }
  /// `x`, with `other` in the rows from the `rows`th on, which are not there.
  mlir::Value keepRows(mlir::Value x, mlir::Value rows, double other);
  /// The sum of all elements.
  mlir::Value sum(mlir::Value x);

private:
  mlir::FloatType floatType;
  bool bfloat16 = false;
};

/// `location` for mlir, under a name.
mlir::Location namedLocation(mlir::MLIRContext *context, llvm::StringRef name,
                             const Location &location);

} // namespace mlc::frontend

#endif // MLC_FRONTEND_LOWERING_EMITTER_H
