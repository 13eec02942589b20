//===-- Passes.td - passes on the mlc dialect --------------*- tablegen -*-===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef MLC_PASSES_TD
#define MLC_PASSES_TD

include "mlir/Pass/PassBase.td"

def Differentiate : Pass<"mlc-differentiate", "::mlir::func::FuncOp"> {
  let summary = "Replaces mlc.gradient by the reverse-mode program";
  let description = [{
    Walks back from the loss over the ops that depend on a variable, asking each
    for its rule (DifferentiableOpInterface). Values are kept, not recomputed;
    zero cotangents are never built; several cotangents of a value are added
    up in the order in which the reverse walk meets them. An op on the way that
    has no rule and isn't declared NonDifferentiable is an error. Gradients of
    gradients work: gradient ops are replaced in the order of the function.

    ```mlir
    %y = mlc.exp %x : tensor<4xf32>
    %loss = mlc.reduce add %y dims [0] : tensor<4xf32> -> tensor<f32>
    %g = mlc.gradient %loss wrt %x : tensor<f32> wrt tensor<4xf32>
    ```
    becomes
    ```mlir
    %y = mlc.exp %x : tensor<4xf32>
    %loss = mlc.reduce add %y dims [0] : tensor<4xf32> -> tensor<f32>
    %one = mlc.constant dense<1.0> : tensor<f32>
    %dy = mlc.broadcast %one dims [] : tensor<f32> -> tensor<4xf32>
    %g = mlc.mul %dy, %y : tensor<4xf32>
    ```
  }];
  let dependentDialects = ["::mlc::MlcDialect"];
}

def RoundOperands : Pass<"mlc-round-operands", "::mlir::func::FuncOp"> {
  let summary = "Rounds operands of bfloat16 products where no kernel does";
  let description = [{
    What a product with `bfloat16` means, for kernels that multiply float32: its
    operands are rounded by ops of their own, which fuse with whatever makes
    them. Products of bfloat16s are exact in float32, so nothing else changes.
    A value is rounded once, for all products that read it. Products that keep
    `bfloat16` round their operands while they copy them to where they need
    them.

    ```mlir
    %y = mlc.dot_general %x, %w batch [] x [] contract [1] x [0] {bfloat16} : ...
    ```
    becomes
    ```mlir
    %0 = mlc.round_bfloat16 %x : tensor<8x16xf32>
    %1 = mlc.round_bfloat16 %w : tensor<16x4xf32>
    %y = mlc.dot_general %0, %1 batch [] x [] contract [1] x [0] : ...
    ```
  }];
  let options = [Option<"keepProducts", "keep-products", "bool", "false",
                        "Kernels of dot_general and attention multiply bfloat16">];
  let dependentDialects = ["::mlc::MlcDialect"];
}

def DecomposeAttention : Pass<"mlc-decompose-attention", "::mlir::func::FuncOp"> {
  let summary = "Replaces attention and its gradient by products, exponentials and sums";
  let description = [{
    The scores are then in memory, and each step is a kernel. No pipeline runs
    this: one kernel that keeps the scores in cache is never dearer, since it
    does the same products, packs the same panels of keys, and saves a dozen
    passes over the scores. It is there to test the composite ops against.

    ```mlir
    %o, %l = mlc.attention %q, %k, %v scale 0.5 : ...
    ```
    becomes
    ```mlir
    %0 = mlc.dot_general %q, %k batch [0, 2] x [0, 2] contract [4] x [3] : ...
    %1 = mlc.mul %0, %scale : ...
    ...
    %o = mlc.dot_general %probabilities, %v batch [0, 1] x [0, 2] contract [4] x [1] : ...
    ```
  }];
  let dependentDialects = ["::mlc::MlcDialect"];
}

def ExpandOptimizers : Pass<"mlc-expand-optimizers", "::mlir::func::FuncOp"> {
  let summary = "Replaces mlc.apply_gradient by its optimizer's rule";
  let description = [{
    The rules are those of passes/Optimizers. What an optimizer keeps for each
    parameter (its slots, zero at the start) becomes trailing arguments and
    results of the function, so that it lives in the model's state.

    ```mlir
    func.func @step(%w: tensor<4xf32>, %g: tensor<4xf32>, %n: tensor<i64>) -> tensor<4xf32> {
      %0 = mlc.apply_gradient "sgd" "dense/bias" %w, %g, %n, {learning_rate = 0.1, momentum = 0.9}
        : tensor<4xf32>, tensor<i64>
      return %0 : tensor<4xf32>
    }
    ```
    becomes, `%c0` being 0.9 everywhere and `%c1` 0.1,
    ```mlir
    func.func @step(%w: tensor<4xf32>, %g: tensor<4xf32>, %n: tensor<i64>,
                    %m: tensor<4xf32> {mlc.name = "optimizer/dense/bias/momentum",
                                       mlc.role = "optimizer"})
        -> (tensor<4xf32>, tensor<4xf32> {mlc.name = "optimizer/dense/bias/momentum",
                                          mlc.role = "optimizer", mlc.updates = 3 : i64}) {
      %0 = mlc.mul %m, %c0 : tensor<4xf32>
      %1 = mlc.mul %g, %c1 : tensor<4xf32>
      %2 = mlc.sub %0, %1 : tensor<4xf32>
      %3 = mlc.add %w, %2 : tensor<4xf32>
      return %3, %2 : tensor<4xf32>, tensor<4xf32>
    }
    ```
  }];
  let dependentDialects = ["::mlc::MlcDialect"];
}

def SparseUpdates : Pass<"mlc-sparse-updates", "::mlir::func::FuncOp"> {
  let summary = "Adds sparse gradients of tables to the tables, row by row";
  let description = [{
    The gradient of a table is a scatter into zeros. Where sums of such, scaled
    by numbers, are added to something else, the rows are scaled before they are
    scattered, and scattered into that: with plain gradient descent a step
    then reads and writes the rows that it looked up, and no others. Rounding may
    differ where a row is named more than once: it is changed as often.

    ```mlir
    %g = mlc.scatter_add %zeros, %ids, %u : tensor<9x4xf32>, tensor<3xi32>, tensor<3x4xf32>
    %s = mlc.mul %g, %rate : tensor<9x4xf32>
    %new = mlc.sub %table, %s : tensor<9x4xf32>
    ```
    becomes, `%rate` being 0.1 everywhere and `%c` -0.1,
    ```mlir
    %s = mlc.mul %u, %c : tensor<3x4xf32>
    %new = mlc.scatter_add %table, %ids, %s : tensor<9x4xf32>, tensor<3xi32>, tensor<3x4xf32>
    ```
  }];
  let dependentDialects = ["::mlc::MlcDialect"];
}

def Simplify : Pass<"mlc-simplify", "::mlir::func::FuncOp"> {
  let summary = "Folds, canonicalizes, merges equal ops and drops unused ones";
  let description = [{
    Runs every op's folder and canonicalization patterns, merges transposes into
    the contractions that read them or are read by them, computes before
    repeating (an elementwise op of broadcasts becomes the broadcast of an op),
    drops bounds of integers that hold anyway (ids that callers have checked),
    drops `stop_gradient` once no gradient is left to be taken, then merges equal
    ops. Whatever nobody uses goes, gradients included, and values that loops carry
    only for themselves; what is the same in each step of a loop becomes an
    invariant, or a constant in its body. Results are the same for
    every input, NaN and infinities included, but for the sign of zeros.

    ```mlir
    %t = mlc.transpose %w permutation [1, 0] : tensor<8x4xf32> -> tensor<4x8xf32>
    %y = mlc.dot_general %x, %t batch [] x [] contract [1] x [0]
      : tensor<2x4xf32>, tensor<4x8xf32> -> tensor<2x8xf32>
    ```
    becomes
    ```mlir
    %y = mlc.dot_general %x, %w batch [] x [] contract [1] x [1]
      : tensor<2x4xf32>, tensor<8x4xf32> -> tensor<2x8xf32>
    ```
  }];
  let dependentDialects = ["::mlc::MlcDialect"];
}

def HoistScan : Pass<"mlc-hoist-scan", "::mlir::func::FuncOp"> {
  let summary = "Does outside of loops what no step needs of the one before";
  let description = [{
    A product of an invariant and of what depends on slices of the inputs only
    becomes one product over all steps, with whatever elementwise ops lead to it:
    an input projection costs the loop nothing, and runs at the speed of a large
    product. Products, reductions and functions of invariants alone are computed
    once.

    ```mlir
    %0 = mlc.scan 5 init(%h : ...) over(%x : tensor<5x2x3xf32>) with(%w : tensor<3x4xf32>) -> ... {
    ^bb0(%c: tensor<2x4xf32>, %s: tensor<2x3xf32>, %k: tensor<3x4xf32>):
      %1 = mlc.dot_general %s, %k batch [] x [] contract [1] x [0] : ... -> tensor<2x4xf32>
      %2 = mlc.add %1, %c : tensor<2x4xf32>
    ```
    becomes
    ```mlir
    %p = mlc.dot_general %x, %w batch [] x [] contract [2] x [0] : ... -> tensor<5x2x4xf32>
    %0 = mlc.scan 5 init(%h : ...) over(%p : tensor<5x2x4xf32>) with() -> ... {
    ^bb0(%c: tensor<2x4xf32>, %s: tensor<2x4xf32>):
      %2 = mlc.add %s, %c : tensor<2x4xf32>
    ```
  }];
  let dependentDialects = ["::mlc::MlcDialect"];
}

def RotateScan : Pass<"mlc-rotate-scan", "::mlir::func::FuncOp"> {
  let summary = "Begins a loop's steps with the product that the step before would end with";
  let description = [{
    A loop that carries a product with an invariant, or the sum of one and
    something else, carries the other factor and that instead. What a step
    computes of the product can then be fused with it.

    ```mlir
    %0 = mlc.scan 5 init(%zeros : ...) over(%x : tensor<5x2x4xf32>) with(%w : tensor<4x4xf32>) -> ... {
    ^bb0(%c: tensor<2x4xf32>, %s: tensor<2x4xf32>, %k: tensor<4x4xf32>):
      %1 = mlc.mul %c, %s : tensor<2x4xf32>
      %2 = mlc.dot_general %1, %k batch [] x [] contract [1] x [0] : ... -> tensor<2x4xf32>
      mlc.yield %2 : tensor<2x4xf32>
    ```
    becomes
    ```mlir
    ^bb0(%f: tensor<2x4xf32>, %s: tensor<2x4xf32>, %k: tensor<4x4xf32>):
      %c = mlc.dot_general %f, %k batch [] x [] contract [1] x [0] : ... -> tensor<2x4xf32>
      %1 = mlc.mul %c, %s : tensor<2x4xf32>
      mlc.yield %1 : tensor<2x4xf32>
    ```
  }];
  let dependentDialects = ["::mlc::MlcDialect"];
}

def FactorSums : Pass<"mlc-factor-sums", "::mlir::func::FuncOp"> {
  let summary = "Multiplies a sum, rather than each of its terms, with what they all share";
  let description = [{
    The result is that of exact arithmetic, not of the same roundings.

    ```mlir
    %0 = mlc.broadcast %c dims [1] : tensor<4xf32> -> tensor<8x4xf32>
    %1 = mlc.mul %x, %0 : tensor<8x4xf32>
    %2 = mlc.reduce add %1 dims [0] : tensor<8x4xf32> -> tensor<4xf32>
    ```
    becomes
    ```mlir
    %1 = mlc.reduce add %x dims [0] : tensor<8x4xf32> -> tensor<4xf32>
    %2 = mlc.mul %1, %c : tensor<4xf32>
    ```
    and `g * a + (g * b) * c` becomes `g * (a + b * c)`: what an activation
    multiplies its gradient with, one tensor that the forward pass computes.
  }];
  let dependentDialects = ["::mlc::MlcDialect"];
}

def SplitProducts : Pass<"mlc-split-products", "::mlir::func::FuncOp"> {
  let summary = "Multiplies few rows with each part of a large weight that the function updates";
  let description = [{
    Threads that share the parts read what they have updated themselves. Whether it does is decided by the shape
    alone; the parts' sums are added in their order.

    ```mlir
    %0 = mlc.dot_general %x, %w batch [] x [] contract [1] x [0]
      : tensor<32x784xf32>, tensor<784x128xf32> -> tensor<32x128xf32>
    ```
    becomes
    ```mlir
    %1 = mlc.reshape %x : tensor<32x784xf32> -> tensor<32x4x196xf32>
    %2 = mlc.reshape %w : tensor<784x128xf32> -> tensor<4x196x128xf32>
    %3 = mlc.dot_general %1, %2 batch [1] x [0] contract [2] x [1]
      : tensor<32x4x196xf32>, tensor<4x196x128xf32> -> tensor<4x32x128xf32>
    %0 = mlc.reduce add %3 dims [0] : tensor<4x32x128xf32> -> tensor<32x128xf32>
    ```
  }];
  let dependentDialects = ["::mlc::MlcDialect"];
}

def SplitReductions : Pass<"mlc-split-reductions", "::mlir::func::FuncOp"> {
  let summary = "Reduces large tensors of few columns in two steps, which threads can share";
  let description = [{
    Whether it does is decided by the shape alone. Sums are added up in the same
    order as before.

    ```mlir
    %0 = mlc.reduce add %x dims [0, 1] : tensor<32x1024x16xf32> -> tensor<16xf32>
    ```
    becomes
    ```mlir
    %0 = mlc.reduce add %x dims [1] : tensor<32x1024x16xf32> -> tensor<32x16xf32>
    %1 = mlc.reduce add %0 dims [0] : tensor<32x16xf32> -> tensor<16xf32>
    ```
  }];
  let dependentDialects = ["::mlc::MlcDialect"];
}

def FoldBias : Pass<"mlc-fold-bias", "::mlir::func::FuncOp"> {
  let summary = "Joins a product's bias with the normalization behind it";
  let description = [{
    A bias that is followed by a factor and a summand of the same places, as those of a
    batch normalization by its averages are, becomes a part of the summand, which is
    computed once and not for each result. It comes after gradients have been taken,
    and, other than simplification, it changes how results are rounded.

    ```mlir
    %0 = mlc.broadcast %bias dims [1] : tensor<8xf32> -> tensor<2x8xf32>
    %1 = mlc.add %product, %0 : tensor<2x8xf32>
    %2 = mlc.mul %1, %scales : tensor<2x8xf32>
    %3 = mlc.broadcast %offset dims [1] : tensor<8xf32> -> tensor<2x8xf32>
    %4 = mlc.add %2, %3 : tensor<2x8xf32>
    ```
    becomes
    ```mlir
    %0 = mlc.mul %bias, %scale : tensor<8xf32>
    %1 = mlc.add %0, %offset : tensor<8xf32>
    %2 = mlc.broadcast %1 dims [1] : tensor<8xf32> -> tensor<2x8xf32>
    %3 = mlc.mul %product, %scales : tensor<2x8xf32>
    %4 = mlc.add %3, %2 : tensor<2x8xf32>
    ```
  }];
  let dependentDialects = ["::mlc::MlcDialect"];
}

def Fuse : Pass<"mlc-fuse", "::mlir::func::FuncOp"> {
  let summary = "Groups ops into mlc.fusion regions, each of which becomes one kernel";
  let description = [{
    What one loop nest can compute in one pass over memory becomes one region;
    see FusionGroups.h for what fits together. Afterwards a function holds only
    fusions and reshapes. A reduction of the last dimension and of outer ones
    is done in two steps.

    ```mlir
    %0 = mlc.dot_general %x, %w batch [] x [] contract [1] x [0]
           : tensor<4x8xf32>, tensor<8x2xf32> -> tensor<4x2xf32>
    %1 = mlc.broadcast %b dims [1] : tensor<2xf32> -> tensor<4x2xf32>
    %2 = mlc.add %0, %1 : tensor<4x2xf32>
    ```
    becomes
    ```mlir
    %2 = mlc.fusion contraction "dense.dot_general"(%x, %w, %b) : ... {
    ^bb0(%a0: tensor<4x8xf32>, %a1: tensor<8x2xf32>, %a2: tensor<2xf32>):
      ... the three ops ...
      mlc.yield %3 : tensor<4x2xf32>
    }
    ```
  }];
  let options = [Option<"merge", "merge", "bool", "true",
                        "whether ops come together; otherwise each becomes a kernel">];
  let dependentDialects = ["::mlc::MlcDialect"];
}

def OutlineKernels : Pass<"mlc-outline-kernels", "::mlir::ModuleOp"> {
  let summary = "Moves each distinct fusion into a function; launches stay";
  let description = [{
    Fusions that compute the same become one function, so that code size and
    compile time don't grow with the number of equal layers. The function is
    named after the layer that first needs it, and carries its kind
    (`mlc.kernel`) and its operations (`mlc.work`).

    ```mlir
    %0 = mlc.fusion pointwise "relu.max"(%x) : (tensor<4xf32>) -> tensor<4xf32> {...}
    ```
    becomes
    ```mlir
    func.func private @relu.max(%x: tensor<4xf32>) -> tensor<4xf32>
      attributes {mlc.kernel = #mlc<fusion_kind pointwise>, mlc.work = 4 : i64} {...}
    %0 = mlc.launch @relu.max(%x) : (tensor<4xf32>) -> tensor<4xf32>
    ```
  }];
  let dependentDialects = ["::mlc::MlcDialect", "::mlir::func::FuncDialect"];
}

#endif // MLC_PASSES_TD
