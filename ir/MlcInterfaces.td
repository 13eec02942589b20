//===-- MlcInterfaces.td - what passes ask of an op --------*- tablegen -*-===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef MLC_INTERFACES_TD
#define MLC_INTERFACES_TD

include "mlir/IR/OpBase.td"

/// Reverse-mode differentiation, one op at a time.
def Mlc_DifferentiableOpInterface : OpInterface<"DifferentiableOpInterface"> {
  let cppNamespace = "::mlc";
  let description = [{
    An op that states its vector-Jacobian product. An op on the path of a
    gradient that neither implements this nor is `NonDifferentiable` is an error.
  }];
  let methods = [InterfaceMethod<[{
      Builds the cotangent of each operand from those of the results.
      `resultCotangents` has one value per result; null stands for zero.
      `operandCotangents` has one null per operand: the op fills in those for
      which `isWanted(i)`, in its operand's type, and may leave null for zero.
      Rules emit mlc ops at `builder`'s insertion point, so that gradients can
      be differentiated again.
    }],
    "void", "buildVjp",
    (ins "::mlir::OpBuilder &":$builder,
         "::mlir::ArrayRef<::mlir::Value>":$resultCotangents,
         "::llvm::function_ref<bool(unsigned)>":$isWanted,
         "::mlir::MutableArrayRef<::mlir::Value>":$operandCotangents)>];
}

/// Declares that an op has a derivative of zero, or none that makes sense:
/// the gradient stops here, by statement and not by omission.
def Mlc_NonDifferentiable : NativeOpTrait<"NonDifferentiable"> {
  let cppNamespace = "::mlc";
}

/// Cheap to compute again: fusion clones such an op into every kernel that
/// reads it, rather than writing its result to memory.
def Mlc_Recomputable : NativeOpTrait<"Recomputable"> {
  let cppNamespace = "::mlc";
}

/// What an op costs: used by the fusion cost model, `mlc inspect` and profiles.
def Mlc_CostOpInterface : OpInterface<"CostOpInterface"> {
  let cppNamespace = "::mlc";
  let methods = [InterfaceMethod<
    [{
      Floating-point operations of one execution. A multiply-add counts two;
      otherwise each element of the result counts one, be it a sum or a tanh:
      the figure is for comparing with a peak that contractions can reach.
    }],
    "int64_t", "getFlops", (ins), [{}],
    /*defaultImplementation=*/[{
      int64_t flops = 0;
      for (::mlir::Type type : $_op->getResultTypes())
        if (auto tensor = ::llvm::dyn_cast<::mlir::RankedTensorType>(type))
          flops += tensor.getNumElements();
      return flops;
    }]>];
}

#endif // MLC_INTERFACES_TD
