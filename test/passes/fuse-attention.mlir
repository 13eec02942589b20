// RUN: mlc-opt --mlc-fuse %s | FileCheck %s

// Attention is a kernel on its own, with all of its results that are wanted; what
// makes its mask is computed in it. The products around it stay what they are:
// no activation is transposed.
// CHECK-LABEL: func @masked
// CHECK-SAME: %[[X:.*]]: tensor<2x5x8xf32>, %[[N:.*]]: tensor<2x5xi32>
func.func @masked(%x: tensor<2x5x8xf32>, %n: tensor<2x5xi32>, %w: tensor<8x2x4xf32>, %o: tensor<2x4x8xf32>)
    -> (tensor<2x5x8xf32>, tensor<2x2x5xf32>) {
  // CHECK: %[[Q:.*]] = mlc.fusion contraction
  // CHECK: %[[A:.*]]:2 = mlc.fusion attention {{.*}}(%[[Q]], %[[N]])
  // CHECK: mlc.compare ne
  // CHECK: mlc.attention
  // CHECK: mlc.fusion contraction
  // CHECK-NOT: mlc.transpose
  %q = mlc.dot_general %x, %w batch [] x [] contract [2] x [0] : tensor<2x5x8xf32>, tensor<8x2x4xf32> -> tensor<2x5x2x4xf32>
  %z = mlc.constant dense<0> : tensor<2x5xi32>
  %m = mlc.compare ne %n, %z : tensor<2x5xi32> -> tensor<2x5xi1>
  %b = mlc.broadcast %m dims [0, 3] : tensor<2x5xi1> -> tensor<2x1x1x5xi1>
  %a, %l = mlc.attention %q, %q, %q mask %b : tensor<2x1x1x5xi1> scale 0.5 : tensor<2x5x2x4xf32>,
    tensor<2x5x2x4xf32>, tensor<2x5x2x4xf32> -> tensor<2x5x2x4xf32>, tensor<2x2x5xf32>
  %y = mlc.dot_general %a, %o batch [] x [] contract [2, 3] x [0, 1] : tensor<2x5x2x4xf32>, tensor<2x4x8xf32> -> tensor<2x5x8xf32>
  return %y, %l : tensor<2x5x8xf32>, tensor<2x2x5xf32>
}
