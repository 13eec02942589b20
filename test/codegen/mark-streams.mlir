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

// Gates that are picked of the slice are read there, too; all are asked for in
// time for the last row: two rows by each of the first pieces of the sum.
// VECTOR-LABEL: func private @gates(
// VECTOR-SAME: %{{[^:]*}}: memref<4096xf32>, %{{[^:]*}}: memref<131072xf32>, %[[X:[^:]*]]: memref<8192xf32>
// VECTOR: scf.for
// VECTOR: scf.if
// VECTOR-COUNT-4: memref.prefetch %[[X]]
// VECTOR: scf.for
func.func private @gates(%h: tensor<16x256xf32>, %w: tensor<256x2x256xf32>, %x: tensor<16x2x256xf32>) -> tensor<16x256xf32>
    attributes {mlc.kernel = #mlc<fusion_kind contraction>, mlc.work = 4194304 : i64} {
  %0 = mlc.dot_general %h, %w batch [] x [] contract [1] x [0] : tensor<16x256xf32>, tensor<256x2x256xf32> -> tensor<16x2x256xf32>
  %1 = mlc.add %0, %x : tensor<16x2x256xf32>
  %2 = mlc.slice %1 offsets [0, 0, 0] strides [1, 1, 1] : tensor<16x2x256xf32> -> tensor<16x1x256xf32>
  %3 = mlc.reshape %2 : tensor<16x1x256xf32> -> tensor<16x256xf32>
  %4 = mlc.slice %x offsets [0, 1, 0] strides [1, 1, 1] : tensor<16x2x256xf32> -> tensor<16x1x256xf32>
  %5 = mlc.reshape %4 : tensor<16x1x256xf32> -> tensor<16x256xf32>
  %6 = mlc.mul %3, %5 : tensor<16x256xf32>
  return %6 : tensor<16x256xf32>
}
func.func @forward_gates(%x: tensor<8x16x2x256xf32>, %h: tensor<16x256xf32>, %w: tensor<256x2x256xf32>) -> tensor<16x256xf32> {
  %0 = mlc.scan 8 init(%h : tensor<16x256xf32>) over(%x : tensor<8x16x2x256xf32>) with(%w : tensor<256x2x256xf32>) -> tensor<16x256xf32> {
  ^bb0(%c: tensor<16x256xf32>, %slice: tensor<16x2x256xf32>, %k: tensor<256x2x256xf32>):
    %1 = mlc.launch @gates(%c, %k, %slice) : (tensor<16x256xf32>, tensor<256x2x256xf32>, tensor<16x2x256xf32>) -> tensor<16x256xf32>
    mlc.yield %1 : tensor<16x256xf32>
  }
  return %0 : tensor<16x256xf32>
}
