//===-- LoopOps.td - loops over time -----------------------*- tablegen -*-===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef MLC_LOOP_OPS_TD
#define MLC_LOOP_OPS_TD

def Mlc_ScanOp : Mlc_PureOp<"scan", [AttrSizedOperandSegments, IsolatedFromAbove,
                                     SingleBlockImplicitTerminator<"YieldOp">, Differentiable]> {
  let summary = "a loop that carries values and walks along tensors";
  let description = [{
    Runs the body `length` times. The body's arguments are, in this order:
    the carried values (at first `inits`), the current slices of `inputs` along
    their first dimension, which has size `length`, and the `invariants`. It yields the next carried
    values, then slices of outputs. Results are the carried values after the last
    step, then the outputs, stacked along a first dimension.
    With `reverse`, steps walk from the last slices to the first, of inputs
    and outputs alike.
  }];
  let arguments = (ins Variadic<Mlc_Tensor>:$inits, Variadic<Mlc_Tensor>:$inputs,
                       Variadic<Mlc_Tensor>:$invariants, I64Attr:$length, UnitAttr:$reverse);
  let results = (outs Variadic<Mlc_Tensor>:$results);
  let regions = (region SizedRegion<1>:$body);
  let assemblyFormat = [{
    $length (`reverse` $reverse^)?
    `init` `(` ($inits^ `:` type($inits))? `)`
    `over` `(` ($inputs^ `:` type($inputs))? `)`
    `with` `(` ($invariants^ `:` type($invariants))? `)`
    attr-dict `->` type($results) $body
  }];
  let hasVerifier = 1;
  let extraClassDeclaration = [{
    /// The body's arguments, by what they hold.
    ::mlir::Block::BlockArgListType getCarried() {
      return getBody().getArguments().take_front(getInits().size());
    }
    ::mlir::Block::BlockArgListType getSlices() {
      return getBody().getArguments().slice(getInits().size(), getInputs().size());
    }
    ::mlir::Block::BlockArgListType getConstants() {
      return getBody().getArguments().take_back(getInvariants().size());
    }
    /// The results: carried values after the last step, stacked outputs.
    ::mlir::ResultRange getFinals() { return getResults().take_front(getInits().size()); }
    ::mlir::ResultRange getOutputs() { return getResults().drop_front(getInits().size()); }
    /// What the body yields: next carried values, slices of outputs.
    ::mlir::OperandRange getNext() {
      return getYield()->getOperands().take_front(getInits().size());
    }
    ::mlir::OperandRange getOutputSlices() {
      return getYield()->getOperands().drop_front(getInits().size());
    }
    ::mlir::Operation *getYield() { return getBody().front().getTerminator(); }
  }];
}

#endif // MLC_LOOP_OPS_TD
