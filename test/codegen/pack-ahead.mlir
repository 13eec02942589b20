// RUN: mlc-opt %s --mlc-to-linalg --mlc-vectorize-kernels="vector-bits=512 l2-bytes=1048576" | FileCheck %s
// RUN: mlc-opt %s --mlc-to-linalg --mlc-vectorize-kernels="vector-bits=512 l2-bytes=16777216 l2-ways=2" | FileCheck %s --check-prefix=LARGE

// 1 MiB of A, of which a quarter stays in the cache: 256 rows of 1 KiB, for all
// 22 panels of B. Two panels of 256 x 48 are in scratch memory.
// CHECK-LABEL: func private @chunks
// CHECK-SAME: mlc.scratch = 24576 : i64
// CHECK-SAME: mlc.tiles = 88 : i64
// LARGE-LABEL: func private @chunks
// LARGE-SAME: mlc.tiles = 22 : i64
func.func private @chunks(%x: tensor<1024x256xf32>, %w: tensor<256x1024xf32>) -> tensor<1024x1024xf32>
    attributes {mlc.kernel = #mlc<fusion_kind contraction>, mlc.work = 536870912 : i64} {
  %0 = mlc.dot_general %x, %w batch [] x [] contract [1] x [0] : tensor<1024x256xf32>, tensor<256x1024xf32> -> tensor<1024x1024xf32>
  return %0 : tensor<1024x1024xf32>
}

// A B of 16 MiB comes from memory: once is enough. Half of the cache has two
// panels of 1024 x 48, a block of the sum, beside which the sums of 256 rows
// wait.
// CHECK-LABEL: func private @far
// CHECK-SAME: mlc.scratch = 110592 : i64
// CHECK-SAME: mlc.tiles = 43 : i64
func.func private @far(%x: tensor<256x2048xf32>, %w: tensor<2048x2048xf32>) -> tensor<256x2048xf32>
    attributes {mlc.kernel = #mlc<fusion_kind contraction>, mlc.work = 2147483648 : i64} {
  %0 = mlc.dot_general %x, %w batch [] x [] contract [1] x [0] : tensor<256x2048xf32>, tensor<2048x2048xf32> -> tensor<256x2048xf32>
  return %0 : tensor<256x2048xf32>
}
