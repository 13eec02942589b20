// RUN: mlc-opt %s --mlc-to-linalg --mlc-vectorize-kernels="vector-bits=512 l2-bytes=1048576" | FileCheck %s

// 32 MiB of A would come from memory for each of 22 panels of B. A quarter of
// the cache has 128 rows of 512 steps; all panels walk that. In scratch memory
// are two panels of 512 x 48, the sums of 22 panels, and the packed rows, which
// are a vector further apart.
// CHECK-LABEL: func private @rows
// CHECK-SAME: mlc.scratch = 251904 : i64
// CHECK-SAME: mlc.tiles = 16 : i64
func.func private @rows(%x: tensor<2048x4096xf32>, %w: tensor<4096x1024xf32>) -> tensor<2048x1024xf32>
    attributes {mlc.kernel = #mlc<fusion_kind contraction>, mlc.work = 17179869184 : i64} {
  %0 = mlc.dot_general %x, %w batch [] x [] contract [1] x [0] : tensor<2048x4096xf32>, tensor<4096x1024xf32> -> tensor<2048x1024xf32>
  return %0 : tensor<2048x1024xf32>
}

// Short rows are not packed: 256 of them stay in the cache as they are, for all
// panels of a B that doesn't.
// CHECK-LABEL: func private @short
// CHECK-SAME: mlc.scratch = 24576 : i64
// CHECK-SAME: mlc.tiles = 5504 : i64
func.func private @short(%x: tensor<16384x256xf32>, %w: tensor<256x4096xf32>) -> tensor<16384x4096xf32>
    attributes {mlc.kernel = #mlc<fusion_kind contraction>, mlc.work = 34359738368 : i64} {
  %0 = mlc.dot_general %x, %w batch [] x [] contract [1] x [0] : tensor<16384x256xf32>, tensor<256x4096xf32> -> tensor<16384x4096xf32>
  return %0 : tensor<16384x4096xf32>
}
