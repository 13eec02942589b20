//===-- Passes.td - from kernels to LLVM -------------------*- tablegen -*-===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef MLC_CODEGEN_PASSES_TD
#define MLC_CODEGEN_PASSES_TD

include "mlir/Pass/PassBase.td"

// What planning contractions asks of the machine; see PlanOptions.h.
defvar PlanOptions = [
    Option<"vectorBits", "vector-bits", "int64_t", "512", "bits of a vector register">,
    Option<"vectorRegisters", "vector-registers", "int64_t", "32", "number of vector registers">,
    Option<"hasFma", "fma", "bool", "true", "whether one instruction multiplies and adds">,
    Option<"ordersLoads", "orders-loads", "bool", "false",
           "whether an engine loads operands when it likes to">,
    Option<"l1Bytes", "l1-bytes", "int64_t", "32768", "bytes of a core's first-level cache">,
    Option<"l1Ways", "l1-ways", "int64_t", "8", "lines of each of its sets">,
    Option<"l2Bytes", "l2-bytes", "int64_t", "1048576", "bytes of a core's second-level cache">,
    Option<"l2Ways", "l2-ways", "int64_t", "8", "lines of each of its sets">,
    Option<"sharedCacheBytes", "shared-cache-bytes", "int64_t", "8388608",
           "bytes that stay in the cache of all cores">];

def LowerToLinalg : Pass<"mlc-to-linalg", "::mlir::ModuleOp"> {
  let summary = "lowers the bodies of kernels from mlc to linalg on tensors";
  let description = [{
    Broadcasts, transposes and slices become indexing maps.
    ```mlir
    %0 = mlc.broadcast %bias dims [1] : tensor<4xf32> -> tensor<2x4xf32>
    // becomes
    %0 = linalg.generic {indexing_maps = [(d0, d1) -> (d1), (d0, d1) -> (d0, d1)], ...}
           ins(%bias : tensor<4xf32>) outs(%empty : tensor<2x4xf32>) {...}
    ```
  }];
  let dependentDialects = ["::mlir::linalg::LinalgDialect", "::mlir::arith::ArithDialect",
                           "::mlir::math::MathDialect", "::mlir::tensor::TensorDialect"];
}

def PackPanels : Pass<"mlc-pack-panels", "::mlir::ModuleOp"> {
  let summary = "packs what a product reads in each round of a loop before the loop";
  let description = [{
    The factor of which a product's kernel reads vectors is brought into the order
    in which the kernel's tiles read it, panel after panel: once, where it is the same in all
    rounds of a loop.
    ```mlir
    mlc.scan 64 ... with(%w : tensor<256x32xf32>) {
      %h1 = mlc.launch @step(%h, %w)
    }
    // becomes
    %p = mlc.launch @step.panels(%w)
    mlc.scan 64 ... with(%w, %p : tensor<256x32xf32>, tensor<2x256x16xf32>) {
      %h1 = mlc.launch @step.packed(%h, %p)
    }
    // @step.panels is
    %p = linalg.pack %w ... outer_dims_perm = [1, 0] inner_dims_pos = [1] inner_tiles = [16]
    // and @step.packed begins with
    %w = linalg.unpack %p outer_dims_perm = [1, 0] inner_dims_pos = [1] inner_tiles = [16]
    ```
  }];
  let options = PlanOptions;
  let dependentDialects = ["::mlir::linalg::LinalgDialect", "::mlir::tensor::TensorDialect",
                           "::mlir::arith::ArithDialect", "::mlir::func::FuncDialect"];
}

def MarkStreams : Pass<"mlc-mark-streams", "::mlir::ModuleOp"> {
  let summary = "marks what kernels read and write elsewhere in each round of a loop";
  let description = [{
    Slices of what a loop walks along, and of what it stacks, are in no cache when their round comes;
    kernels may fetch them ahead.
    ```mlir
    mlc.scan 64 ... over(%x : tensor<64x32xf32>) {
    ^bb0(%h: tensor<32xf32>, %slice: tensor<32xf32>):
      %h1 = mlc.launch @step(%h, %slice)
    }
    // makes of @step
    func.func private @step(%h: tensor<32xf32>, %x: tensor<32xf32> {mlc.streamed}) -> tensor<32xf32>
    ```
  }];
}

def MarkDistant : Pass<"mlc-mark-distant", "::mlir::ModuleOp"> {
  let summary = "marks what kernels write for much later";
  let description = [{
    Results that are in no cache any more when they are read again; products and rows store them past the
    caches. A kernel is launched in several places: most of them decide.
    ```mlir
    %0:2 = mlc.launch @expand(%x, %w) : ... -> (tensor<1024x1024xf32>, tensor<1024x1024xf32>)
    %1 = mlc.launch @contract(%0#0, %v) : ...
    ... // 16 MiB of other tensors
    %2 = mlc.launch @gradient(%0#1, %dy) : ...
    // makes of @expand
    func.func private @expand(...) -> (tensor<1024x1024xf32>, tensor<1024x1024xf32> {mlc.distant})
    ```
  }];
}

def VectorizeKernels : Pass<"mlc-vectorize-kernels", "::mlir::ModuleOp"> {
  let summary = "turns kernels into loops over register tiles of vectors";
  let description = [{
    A kernel on tensors becomes a function on flat memrefs: inputs, outputs,
    scratch, and the range of tiles to do with the number of the worker.
    ```mlir
    func.func private @relu(%x: tensor<32x128xf32>) -> tensor<32x128xf32>
    // becomes
    func.func private @relu(%x: memref<4096xf32>, %out: memref<4096xf32>, %scratch: memref<0xf32>,
                            %begin: index, %end: index, %worker: index)
      attributes {mlc.tiles = 1 : i64, mlc.scratch = 0 : i64, mlc.shares = [[0, 0]]}
    ```
    `mlc.tiles` is the number of tiles, `mlc.scratch` the elements of scratch of
    each worker, `mlc.shares` lists pairs (result, operand) that may share memory.
  }];
  let options = !listconcat(PlanOptions, [
    Option<"threads", "threads", "int64_t", "1", "most threads that run a kernel">,
    Option<"bfloat16Dot", "bfloat16-dot", "bool", "false",
           "the machine has dot products of pairs of bfloat16 (AVX512-BF16)">,
    Option<"matrixTiles", "matrix-tiles", "bool", "false",
           "the machine has products of tiles of such pairs (AMX-BF16)">]);
  let dependentDialects = ["::mlir::scf::SCFDialect", "::mlir::vector::VectorDialect",
                           "::mlir::memref::MemRefDialect", "::mlir::arith::ArithDialect",
                           "::mlir::LLVM::LLVMDialect"];
}

def Rematerialize : Pass<"mlc-rematerialize", "::mlir::ModuleOp"> {
  let summary = "launches kernels again rather than keep what they make, until memory suffices";
  let description = [{
    The backward pass reads much of what the forward pass makes. Where keeping all of
    it would take more memory than there is, some launches are done again just
    before their results are needed, those first that free the most for the least
    time. What counts is the memory plan itself, made anew for each choice. Kernels
    are functions of their operands, random numbers included: results are the
    same to the bit. Launches are not merged by any pass, so nothing undoes it.
    A budget below the smallest plan found is an error that names that one.

    ```mlir
    %0 = mlc.launch @expand(%x, %w) : ... -> tensor<8x4096xf32>
    %1 = mlc.launch @contract(%0, %v) : ... -> tensor<8x64xf32>
    ... // much that takes memory
    %2 = mlc.launch @gradient(%0, %dy) : ... -> tensor<4096x64xf32>
    ```
    becomes
    ```mlir
    %0 = mlc.launch @expand(%x, %w) : ... -> tensor<8x4096xf32>
    %1 = mlc.launch @contract(%0, %v) : ... -> tensor<8x64xf32>
    ...
    %again = mlc.launch @expand(%x, %w) : ... -> tensor<8x4096xf32>
    %2 = mlc.launch @gradient(%again, %dy) : ... -> tensor<4096x64xf32>
    ```
  }];
  let options = [
    Option<"memory", "memory", "int64_t", "0", "most bytes of each function's workspace">];
  let dependentDialects = ["::mlc::MlcDialect"];
}

def PlanMemory : Pass<"mlc-plan-memory", "::mlir::ModuleOp"> {
  let summary = "places every value of the model's functions: state, arena, inputs and outputs";
  let description = [{
    Functions on tensors become functions on blocks of bytes. What is updated is
    updated in place; temporaries share one arena by their lifetimes.
  }];
  let dependentDialects = ["::mlir::memref::MemRefDialect", "::mlir::arith::ArithDialect",
                           "::mlir::scf::SCFDialect"];
}

def LowerLaunches : Pass<"mlc-lower-launches", "::mlir::ModuleOp"> {
  let summary = "turns launches of kernels into calls, or into work shared between threads";
  let options = [
    Option<"threads", "threads", "int64_t", "1", "most threads that run a kernel">,
    Option<"profile", "profile", "bool", "false",
           "call mlc_profile with the number of each kernel when it is done">];
  let dependentDialects = ["::mlir::func::FuncDialect", "::mlir::arith::ArithDialect"];
}

def ExpandMath : Pass<"mlc-expand-math", "::mlir::ModuleOp"> {
  let summary = "single-precision functions become polynomials, double ones calls of libm";
  let dependentDialects = ["::mlir::arith::ArithDialect", "::mlir::math::MathDialect",
                           "::mlir::vector::VectorDialect", "::mlir::func::FuncDialect",
                           "::mlir::LLVM::LLVMDialect"];
}

#endif // MLC_CODEGEN_PASSES_TD
