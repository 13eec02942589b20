//===-- MlcOps.td - operations of the mlc dialect ----------*- tablegen -*-===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef MLC_OPS_TD
#define MLC_OPS_TD

include "MlcDialect.td"
include "MlcInterfaces.td"
include "mlir/Interfaces/SideEffectInterfaces.td"
include "mlir/Interfaces/InferTypeOpInterface.td"
include "mlir/Interfaces/ControlFlowInterfaces.td"
include "mlir/IR/BuiltinAttributeInterfaces.td"
include "mlir/IR/RegionKindInterface.td"
include "mlir/IR/SymbolInterfaces.td"

def Mlc_FloatTensor : StaticShapeTensorOf<[F32, F64]>;
def Mlc_IntTensor : StaticShapeTensorOf<[I32, I64]>;
def Mlc_BoolTensor : StaticShapeTensorOf<[I1]>;
def Mlc_NumberTensor : StaticShapeTensorOf<[F32, F64, I32, I64]>;
def Mlc_Tensor : StaticShapeTensorOf<[F32, F64, I32, I64, I1]>;

class Mlc_Op<string mnemonic, list<Trait> traits = []>
    : Op<Mlc_Dialect, mnemonic, traits>;

/// A pure op from tensors to tensors that states its own cost.
class Mlc_PureOp<string mnemonic, list<Trait> traits = []>
    : Mlc_Op<mnemonic, [Pure, DeclareOpInterfaceMethods<Mlc_CostOpInterface, ["getFlops"]>] # traits>;

/// A pure op without arithmetic: it makes or moves elements.
class Mlc_MoveOp<string mnemonic, list<Trait> traits = []> : Mlc_PureOp<mnemonic, traits> {
  let extraClassDefinition = [{
    int64_t $cppClass::getFlops() { return 0; }
  }];
}

defvar Differentiable = DeclareOpInterfaceMethods<Mlc_DifferentiableOpInterface>;

//===----------------------------------------------------------------------===//
// Elementwise
//===----------------------------------------------------------------------===//

class Mlc_ElementwiseOp<string mnemonic, list<Trait> traits = []>
    : Mlc_Op<mnemonic, [Pure, Elementwise, SameOperandsAndResultShape,
                        DeclareOpInterfaceMethods<Mlc_CostOpInterface>] # traits>;

class Mlc_UnaryOp<string mnemonic, string formula, Type type = Mlc_FloatTensor,
                  list<Trait> traits = [Differentiable]>
    : Mlc_ElementwiseOp<mnemonic, [SameOperandsAndResultType] # traits> {
  let summary = formula;
  let arguments = (ins type:$operand);
  let results = (outs type:$result);
  let assemblyFormat = "$operand attr-dict `:` type($result)";
}

def Mlc_NegOp   : Mlc_UnaryOp<"neg", "-x"> {
  let hasFolder = 1;
  let hasCanonicalizer = 1;
}
def Mlc_AbsOp   : Mlc_UnaryOp<"abs", "|x|; derivative sign(x)">;
def Mlc_SignOp  : Mlc_UnaryOp<"sign", "-1, 0 or 1", Mlc_FloatTensor, [Mlc_NonDifferentiable]>;
def Mlc_ExpOp   : Mlc_UnaryOp<"exp", "e^x">;
def Mlc_Expm1Op : Mlc_UnaryOp<"expm1", "e^x - 1, exact near 0">;
def Mlc_LogOp   : Mlc_UnaryOp<"log", "natural logarithm">;
def Mlc_Log1pOp : Mlc_UnaryOp<"log1p", "log(1 + x), exact near 0">;
def Mlc_SqrtOp  : Mlc_UnaryOp<"sqrt", "square root">;
def Mlc_RsqrtOp : Mlc_UnaryOp<"rsqrt", "1 / sqrt(x)">;
def Mlc_TanhOp  : Mlc_UnaryOp<"tanh", "hyperbolic tangent">;
def Mlc_ErfOp   : Mlc_UnaryOp<"erf", "Gauss error function">;
def Mlc_LogisticOp : Mlc_UnaryOp<"logistic", "1 / (1 + e^-x)">;
def Mlc_NotOp   : Mlc_UnaryOp<"not", "logical not", Mlc_BoolTensor,
                              [Mlc_NonDifferentiable, Mlc_Recomputable]> { let hasFolder = 1; }
def Mlc_RoundBfloat16Op : Mlc_UnaryOp<"round_bfloat16", "the nearest bfloat16, ties to even; derivative 1",
                                      TensorOf<[F32]>>;
def Mlc_StopGradientOp : Mlc_UnaryOp<"stop_gradient", "x, seen by autodiff as a constant",
                                     Mlc_FloatTensor, [Mlc_NonDifferentiable]>;

class Mlc_BinaryOp<string mnemonic, string formula, list<Trait> traits = []>
    : Mlc_ElementwiseOp<mnemonic, [SameOperandsAndResultType, Differentiable] # traits> {
  let summary = formula;
  let arguments = (ins Mlc_NumberTensor:$lhs, Mlc_NumberTensor:$rhs);
  let results = (outs Mlc_NumberTensor:$result);
  let assemblyFormat = "$lhs `,` $rhs attr-dict `:` type($result)";
  let hasFolder = 1;
}

def Mlc_AddOp : Mlc_BinaryOp<"add", "x + y", [Commutative]> { let hasCanonicalizer = 1; }
def Mlc_SubOp : Mlc_BinaryOp<"sub", "x - y"> { let hasCanonicalizer = 1; }
def Mlc_MulOp : Mlc_BinaryOp<"mul", "x * y", [Commutative]>;
def Mlc_DivOp : Mlc_BinaryOp<"div", "x / y"> { let hasCanonicalizer = 1; }
def Mlc_MaxOp : Mlc_BinaryOp<"max", "the larger; a tie passes the gradient to y">;
def Mlc_MinOp : Mlc_BinaryOp<"min", "the smaller; a tie passes the gradient to y">;

class Mlc_LogicOp<string mnemonic, string formula>
    : Mlc_ElementwiseOp<mnemonic, [SameOperandsAndResultType, Commutative,
                                   Mlc_NonDifferentiable, Mlc_Recomputable]> {
  let summary = formula;
  let arguments = (ins Mlc_BoolTensor:$lhs, Mlc_BoolTensor:$rhs);
  let results = (outs Mlc_BoolTensor:$result);
  let assemblyFormat = "$lhs `,` $rhs attr-dict `:` type($result)";
  let hasFolder = 1;
}
def Mlc_AndOp : Mlc_LogicOp<"and", "logical and">;
def Mlc_OrOp : Mlc_LogicOp<"or", "logical or">;

def Mlc_CompareOp : Mlc_ElementwiseOp<"compare", [SameTypeOperands, Mlc_NonDifferentiable,
                                                  Mlc_Recomputable]> {
  let summary = "compares elements; false where either is NaN, but for `ne`";
  let arguments = (ins Mlc_PredicateAttr:$predicate, Mlc_NumberTensor:$lhs, Mlc_NumberTensor:$rhs);
  let results = (outs Mlc_BoolTensor:$result);
  let assemblyFormat = "`` $predicate $lhs `,` $rhs attr-dict `:` type($lhs) `->` type($result)";
}

def Mlc_SelectOp : Mlc_ElementwiseOp<"select", [AllTypesMatch<["onTrue", "onFalse", "result"]>,
                                                Differentiable]> {
  let summary = "chooses between elements";
  let arguments = (ins Mlc_BoolTensor:$condition, Mlc_Tensor:$onTrue, Mlc_Tensor:$onFalse);
  let results = (outs Mlc_Tensor:$result);
  let assemblyFormat = "$condition `,` $onTrue `,` $onFalse attr-dict `:` type($condition) `,` type($result)";
  let hasFolder = 1;
  let hasCanonicalizer = 1;
}

def Mlc_ConvertOp : Mlc_ElementwiseOp<"convert", [Differentiable]> {
  let summary = "converts elements: between floats, integer to float, bool to number; "
                "float to integer truncates";
  let arguments = (ins Mlc_Tensor:$operand);
  let results = (outs Mlc_Tensor:$result);
  let assemblyFormat = "$operand attr-dict `:` type($operand) `->` type($result)";
  let hasFolder = 1;
}

//===----------------------------------------------------------------------===//
// Sources
//===----------------------------------------------------------------------===//

def Mlc_ConstantOp : Mlc_MoveOp<"constant", [ConstantLike, Mlc_NonDifferentiable, Mlc_Recomputable,
                                             AllTypesMatch<["value", "result"]>]> {
  let arguments = (ins ElementsAttr:$value);
  let results = (outs Mlc_Tensor:$result);
  let assemblyFormat = "attr-dict $value";
  let hasFolder = 1;
}

def Mlc_IotaOp : Mlc_MoveOp<"iota", [Mlc_NonDifferentiable, Mlc_Recomputable]> {
  let summary = "each element's index along a dimension";
  let arguments = (ins I64Attr:$dimension);
  let results = (outs Mlc_NumberTensor:$result);
  let assemblyFormat = "$dimension attr-dict `:` type($result)";
  let hasVerifier = 1;
}

def Mlc_RandomOp : Mlc_MoveOp<"random", [Mlc_NonDifferentiable, Mlc_Recomputable]> {
  let summary = "uniform numbers in [0, 1) from a counter: the same key and stream give the same numbers";
  let description = [{
    Element i (row-major) is the first word of Threefry-2x32 with 20 rounds
    (Salmon et al., SC 2011) of key `key` and counter (i, stream), its upper 24
    bits (f32), or its upper 26 followed by the upper 27 of the second word
    (f64), scaled to [0, 1).
    Pure: recomputed in the backward pass, never stored. The stream is an
    operand so that one kernel draws the numbers of all that differ in it alone.
  }];
  let arguments = (ins TensorOf<[I32]>:$key, 0DTensorOf<[I32]>:$stream);
  let results = (outs Mlc_FloatTensor:$result);
  let assemblyFormat = [{$key `stream` $stream attr-dict
    `:` type($key) `,` type($stream) `->` type($result)}];
  let hasVerifier = 1;
}

//===----------------------------------------------------------------------===//
// Shape
//===----------------------------------------------------------------------===//

def Mlc_BroadcastOp : Mlc_MoveOp<"broadcast", [SameOperandsAndResultElementType, Differentiable, Mlc_Recomputable]> {
  let summary = "repeats a tensor along new or unit dimensions";
  let description = [{Operand dimension i becomes result dimension `dimensions[i]`
    (strictly increasing) and has its size, or 1; the others repeat.}];
  let arguments = (ins Mlc_Tensor:$operand, DenseI64ArrayAttr:$dimensions);
  let results = (outs Mlc_Tensor:$result);
  let assemblyFormat = "$operand `dims` $dimensions attr-dict `:` type($operand) `->` type($result)";
  let hasVerifier = 1;
  let hasFolder = 1;
}

def Mlc_ReshapeOp : Mlc_MoveOp<"reshape", [SameOperandsAndResultElementType, Differentiable]> {
  let summary = "the same elements in row-major order, another shape; a view, never a copy";
  let arguments = (ins Mlc_Tensor:$operand);
  let results = (outs Mlc_Tensor:$result);
  let assemblyFormat = "$operand attr-dict `:` type($operand) `->` type($result)";
  let hasVerifier = 1;
  let hasFolder = 1;
}

def Mlc_TransposeOp : Mlc_MoveOp<"transpose", [SameOperandsAndResultElementType, Differentiable]> {
  let summary = "result dimension i is operand dimension permutation[i]";
  let arguments = (ins Mlc_Tensor:$operand, DenseI64ArrayAttr:$permutation);
  let results = (outs Mlc_Tensor:$result);
  let assemblyFormat = "$operand `permutation` $permutation attr-dict `:` type($operand) `->` type($result)";
  let hasVerifier = 1;
  let hasFolder = 1;
  let hasCanonicalizer = 1;
}

def Mlc_SliceOp : Mlc_MoveOp<"slice", [SameOperandsAndResultElementType, Differentiable]> {
  let summary = "elements offsets[i] + k * strides[i] along each dimension";
  let arguments = (ins Mlc_Tensor:$operand, DenseI64ArrayAttr:$offsets, DenseI64ArrayAttr:$strides);
  let results = (outs Mlc_Tensor:$result);
  let assemblyFormat = "$operand `offsets` $offsets `strides` $strides attr-dict `:` type($operand) `->` type($result)";
  let hasVerifier = 1;
  let hasFolder = 1;
}

def Mlc_PadOp : Mlc_MoveOp<"pad", [SameOperandsAndResultElementType, Differentiable]> {
  let summary = "zeros around (`low`, `high`) and between (`interior`) the elements of each dimension";
  let arguments = (ins Mlc_Tensor:$operand, DenseI64ArrayAttr:$low, DenseI64ArrayAttr:$high,
                       DenseI64ArrayAttr:$interior);
  let results = (outs Mlc_Tensor:$result);
  let assemblyFormat = "$operand `low` $low `high` $high `interior` $interior attr-dict `:` type($operand) `->` type($result)";
  let hasVerifier = 1;
  let hasFolder = 1;
}

def Mlc_ConcatenateOp : Mlc_MoveOp<"concatenate", [SameOperandsAndResultElementType, Differentiable]> {
  let summary = "joins tensors along a dimension";
  let arguments = (ins Variadic<Mlc_Tensor>:$operands, I64Attr:$dimension);
  let results = (outs Mlc_Tensor:$result);
  let assemblyFormat = "$operands `dim` $dimension attr-dict `:` type($operands) `->` type($result)";
  let hasVerifier = 1;
  let hasFolder = 1;
}

//===----------------------------------------------------------------------===//
// Reductions and contractions
//===----------------------------------------------------------------------===//

def Mlc_ReduceOp : Mlc_PureOp<"reduce", [SameOperandsAndResultElementType, Differentiable]> {
  let summary = "combines elements along dimensions, which disappear";
  let description = [{The order of combination is fixed by the shape alone.
    `max` and `min` split the gradient evenly among equal extrema.}];
  let arguments = (ins Mlc_ReduceKindAttr:$kind, Mlc_NumberTensor:$operand, DenseI64ArrayAttr:$dimensions);
  let results = (outs Mlc_NumberTensor:$result);
  let assemblyFormat = "`` $kind $operand `dims` $dimensions attr-dict `:` type($operand) `->` type($result)";
  let hasVerifier = 1;
  let hasFolder = 1;
  let hasCanonicalizer = 1;
}

def Mlc_DotGeneralOp : Mlc_PureOp<"dot_general", [SameOperandsAndResultElementType, Differentiable]> {
  let summary = "sums products over contracted dimensions";
  let description = [{The result's dimensions are those of the batch, then the
    free ones of `lhs`, then the free ones of `rhs`, each in their order.
    With `bfloat16` both operands (f32) are rounded to the nearest bfloat16
    first; products are exact then, and their sum is of f32. So are those of
    the other ops that have it.}];
  let arguments = (ins Mlc_FloatTensor:$lhs, Mlc_FloatTensor:$rhs,
                       DenseI64ArrayAttr:$lhsBatch, DenseI64ArrayAttr:$rhsBatch,
                       DenseI64ArrayAttr:$lhsContract, DenseI64ArrayAttr:$rhsContract,
                       UnitAttr:$bfloat16);
  let results = (outs Mlc_FloatTensor:$result);
  let assemblyFormat = [{$lhs `,` $rhs `batch` $lhsBatch `x` $rhsBatch
    `contract` $lhsContract `x` $rhsContract attr-dict
    `:` type($lhs) `,` type($rhs) `->` type($result)}];
  let hasVerifier = 1;
  let extraClassDeclaration = [{
    ::mlc::DotDimensions getDotDimensions();
  }];
}

include "WindowOps.td"
include "IndexingOps.td"
include "AttentionOps.td"
include "LoopOps.td"

//===----------------------------------------------------------------------===//
// Training
//===----------------------------------------------------------------------===//

def Mlc_GradientOp : Mlc_Op<"gradient", [
    Pure, RangedTypesMatchWith<"each gradient has its variable's type", "variables", "gradients",
                               "$_self">]> {
  let summary = "the gradient of a scalar by each of some values";
  let description = [{Replaced by `--mlc-differentiate` with the reverse-mode program.}];
  let arguments = (ins Mlc_FloatTensor:$loss, Variadic<Mlc_FloatTensor>:$variables);
  let results = (outs Variadic<Mlc_FloatTensor>:$gradients);
  let assemblyFormat = "$loss `wrt` $variables attr-dict `:` type($loss) `wrt` type($variables)";
  let hasVerifier = 1;
  let builders = [OpBuilder<(ins "::mlir::Value":$loss, "::mlir::ValueRange":$variables), [{
    $_state.addOperands(loss);
    $_state.addOperands(variables);
    $_state.addTypes(variables.getTypes());
  }]>];
}

def Mlc_ApplyGradientOp : Mlc_Op<"apply_gradient", [Pure, AllTypesMatch<["parameter", "gradient", "result"]>]> {
  let summary = "a parameter's new value, by an optimizer's rule";
  let description = [{
    Replaced by `--mlc-expand-optimizers`, which adds the optimizer's slots to
    the function's arguments and results. `optimizer` names a rule of
    passes/Optimizers, `config` its options by Keras's names (missing: Keras's
    defaults); `step` is the number of steps finished before this one.
  }];
  let arguments = (ins Mlc_FloatTensor:$parameter, Mlc_FloatTensor:$gradient, TensorOf<[I64]>:$step,
                       StrAttr:$optimizer, DictionaryAttr:$config, StrAttr:$name);
  let results = (outs Mlc_FloatTensor:$result);
  let assemblyFormat = "$optimizer $name $parameter `,` $gradient `,` $step `,` $config attr-dict `:` type($parameter) `,` type($step)";
  let hasVerifier = 1;
}

//===----------------------------------------------------------------------===//
// Kernels
//===----------------------------------------------------------------------===//

def Mlc_FusionOp : Mlc_Op<"fusion", [Pure, IsolatedFromAbove, SingleBlockImplicitTerminator<"YieldOp">]> {
  let summary = "ops that become one kernel: one pass over memory";
  let arguments = (ins Variadic<Mlc_Tensor>:$inputs, Mlc_FusionKindAttr:$kind, StrAttr:$name);
  let results = (outs Variadic<Mlc_Tensor>:$results);
  let regions = (region SizedRegion<1>:$body);
  let assemblyFormat = [{`` $kind $name `(` $inputs `)` attr-dict `:` functional-type($inputs, $results) $body}];
  let hasVerifier = 1;
}

def Mlc_YieldOp : Mlc_Op<"yield", [Pure, Terminator, ReturnLike, ParentOneOf<["FusionOp", "ScanOp"]>]> {
  let arguments = (ins Variadic<Mlc_Tensor>:$values);
  let assemblyFormat = "attr-dict ($values^ `:` type($values))?";
  let builders = [OpBuilder<(ins), [{ build($_builder, $_state, ::mlir::ValueRange()); }]>];
}

def Mlc_LaunchOp : Mlc_Op<"launch", [DeclareOpInterfaceMethods<SymbolUserOpInterface>]> {
  let summary = "runs a kernel";
  let description = [{
    On tensors, as outlining leaves it, or on memrefs, as the memory plan does:
    then results have become trailing operands.
  }];
  let arguments = (ins FlatSymbolRefAttr:$kernel, Variadic<AnyType>:$operands);
  let results = (outs Variadic<AnyType>:$results);
  let assemblyFormat = "$kernel `(` $operands `)` attr-dict `:` functional-type($operands, $results)";
}

#endif // MLC_OPS_TD
