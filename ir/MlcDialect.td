//===-- MlcDialect.td - the mlc dialect --------------------*- tablegen -*-===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef MLC_DIALECT_TD
#define MLC_DIALECT_TD

include "mlir/IR/OpBase.td"
include "mlir/IR/EnumAttr.td"

def Mlc_Dialect : Dialect {
  let name = "mlc";
  let cppNamespace = "::mlc";
  let summary = "Neural networks as pure functions of tensors";
  let description = [{
    A model is a pure function of (parameters, state, inputs): static shapes,
    value semantics, no side effects. Which buffer is updated in place is
    decided once, late, from the attributes of the functions:

    Arguments and results of a model's functions carry
    - `mlc.name`: `layer/variable`, or the name of an input, target or output;
    - `mlc.role`: parameter, optimizer, statistic, step, key, metric, input,
      target, sample_weight, rows, seed, output, loss, gradient or cache;
    - `mlc.range` (integer inputs and targets): ids must be in [0, range);
    - `mlc.ignored`: beside a range, an id outside of it that may be there;
    - `mlc.updates = k` (results): this is the new value of argument k.

    The module carries `mlc.model` (its name) and `mlc.batch`; so does a
    function that works on another number of rows.
  }];
  let hasConstantMaterializer = 1;
  let useDefaultAttributePrinterParser = 1;
  let hasRegionArgAttrVerify = 1;
  let hasRegionResultAttrVerify = 1;
}

class Mlc_I32Enum<string name, string description, list<I32EnumAttrCase> cases>
    : I32EnumAttr<name, description, cases> {
  let cppNamespace = "::mlc";
  let genSpecializedAttr = 0;
}

def Mlc_ReduceKind : Mlc_I32Enum<"ReduceKind", "how a reduction combines", [
  I32EnumAttrCase<"add", 0>, I32EnumAttrCase<"max", 1>, I32EnumAttrCase<"min", 2>]>;
def Mlc_ReduceKindAttr : EnumAttr<Mlc_Dialect, Mlc_ReduceKind, "reduce_kind">;

def Mlc_Predicate : Mlc_I32Enum<"Predicate", "how two elements compare", [
  I32EnumAttrCase<"eq", 0>, I32EnumAttrCase<"ne", 1>, I32EnumAttrCase<"lt", 2>,
  I32EnumAttrCase<"le", 3>, I32EnumAttrCase<"gt", 4>, I32EnumAttrCase<"ge", 5>]>;
def Mlc_PredicateAttr : EnumAttr<Mlc_Dialect, Mlc_Predicate, "predicate">;

def Mlc_FusionKind : Mlc_I32Enum<"FusionKind", "the loop nest that a fused kernel becomes", [
  I32EnumAttrCase<"pointwise", 0>, I32EnumAttrCase<"row", 1>,
  I32EnumAttrCase<"column", 2>, I32EnumAttrCase<"contraction", 3>,
  I32EnumAttrCase<"window", 4>, I32EnumAttrCase<"scatter", 5>,
  I32EnumAttrCase<"attention", 6>, I32EnumAttrCase<"pack", 7>]>;
def Mlc_FusionKindAttr : EnumAttr<Mlc_Dialect, Mlc_FusionKind, "fusion_kind">;

#endif // MLC_DIALECT_TD
