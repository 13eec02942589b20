// RUN: mlc-opt %s --mlc-to-linalg --mlc-vectorize-kernels=bfloat16-dot | FileCheck %s
// RUN: not mlc-opt %s --mlc-to-linalg --mlc-vectorize-kernels 2>&1 | FileCheck %s --check-prefix=WITHOUT
// RUN: mlc-opt %s --mlc-to-linalg --mlc-vectorize-kernels="bfloat16-dot matrix-tiles" | FileCheck %s --check-prefix=TILES

// Two rows of B at a time are rounded and interleaved, rows of A are rounded as
// they are; a lane of the dot product adds two products.
// WITHOUT: error: {{.*}}multiplies bfloat16, for which the target has no instruction: expected --mlc-round-operands before
// CHECK-LABEL: func private @dense
// CHECK: llvm.call_intrinsic "llvm.x86.avx512bf16.cvtne2ps2bf16.512"
// CHECK: vector.shuffle
// CHECK: llvm.call_intrinsic "llvm.x86.avx512bf16.dpbf16ps.512"
func.func private @dense(%x: tensor<32x64xf32>, %w: tensor<64x48xf32>) -> tensor<32x48xf32>
    attributes {mlc.kernel = #mlc<fusion_kind contraction>} {
  %0 = mlc.dot_general %x, %w batch [] x [] contract [1] x [0] {bfloat16} : tensor<32x64xf32>, tensor<64x48xf32> -> tensor<32x48xf32>
  return %0 : tensor<32x48xf32>
}

// In matrix tiles it is the same, but all of K at once, 32 elements a step, with
// sums that the epilogue reads from scratch memory.
// TILES-LABEL: func private @dense
// TILES: llvm.call_intrinsic "llvm.x86.avx512bf16.cvtne2ps2bf16.512"
// TILES: llvm.call_intrinsic "llvm.x86.tilezero.internal"
// TILES: scf.for {{.*}} -> (!llvm.x86_amx
// TILES-COUNT-4: llvm.call_intrinsic "llvm.x86.tdpbf16ps.internal"
// TILES: llvm.call_intrinsic "llvm.x86.tilestored64.internal"
// TILES: vector.store
// TILES-NOT: dpbf16ps.512
