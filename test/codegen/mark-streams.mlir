// RUN: mlc-opt %s --mlc-to-linalg --mlc-mark-streams | FileCheck %s
// RUN: mlc-opt %s --mlc-to-linalg --mlc-mark-streams --mlc-vectorize-kernels | FileCheck %s --check-prefix=VECTOR

// A slice, and what is stacked; not what is carried from round to round, nor
// what is the same in all.
// CHECK-LABEL: func private @step(
// CHECK-SAME: %{{[^:]*}}: tensor<64x64xf32>, %{{[^:]*}}: tensor<64x64xf32>, %{{[^:]*}}: tensor<64x64xf32> {mlc.streamed})
// CHECK-SAME: -> (tensor<64x64xf32>, tensor<64x64xf32> {mlc.streamed})

// The product fetches the slice and the result, row by row, while it sums.
// VECTOR-LABEL: func private @step(
// VECTOR-SAME: %[[H:[^:]*]]: memref<4096xf32>, %{{[^:]*}}: memref<4096xf32>, %[[X:[^:]*]]: memref<4096xf32>, %{{[^:]*}}: memref<4096xf32>, %[[OUT:[^:]*]]: memref<4096xf32>
// VECTOR: scf.for
// VECTOR: memref.prefetch %[[X]]
// VECTOR: memref.prefetch %[[OUT]]
// VECTOR: scf.for
// VECTOR: vector.load %[[X]]
func.func private @step(%h: tensor<64x64xf32>, %w: tensor<64x64xf32>, %x: tensor<64x64xf32>) -> (tensor<64x64xf32>, tensor<64x64xf32>)
    attributes {mlc.kernel = #mlc<fusion_kind contraction>, mlc.work = 524288 : i64} {
  %0 = mlc.dot_general %h, %w batch [] x [] contract [1] x [0] : tensor<64x64xf32>, tensor<64x64xf32> -> tensor<64x64xf32>
  %1 = mlc.add %0, %x : tensor<64x64xf32>
  %2 = mlc.mul %0, %x : tensor<64x64xf32>
  return %1, %2 : tensor<64x64xf32>, tensor<64x64xf32>
}
func.func @forward(%x: tensor<8x64x64xf32>, %h: tensor<64x64xf32>, %w: tensor<64x64xf32>) -> tensor<8x64x64xf32> {
  %0:2 = mlc.scan 8 init(%h : tensor<64x64xf32>) over(%x : tensor<8x64x64xf32>) with(%w : tensor<64x64xf32>) -> tensor<64x64xf32>, tensor<8x64x64xf32> {
  ^bb0(%c: tensor<64x64xf32>, %slice: tensor<64x64xf32>, %k: tensor<64x64xf32>):
    %1:2 = mlc.launch @step(%c, %k, %slice) : (tensor<64x64xf32>, tensor<64x64xf32>, tensor<64x64xf32>) -> (tensor<64x64xf32>, tensor<64x64xf32>)
    mlc.yield %1#0, %1#1 : tensor<64x64xf32>, tensor<64x64xf32>
  }
  return %0#1 : tensor<8x64x64xf32>
}
