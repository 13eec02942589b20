// RUN: mlc-opt %s --mlc-fuse | FileCheck %s

// A convolution: bias, activation and what is added fuse as with a product.
// CHECK-LABEL: func @convolution
// CHECK: %[[F:.*]] = mlc.fusion contraction "conv.convolution"
// CHECK: mlc.convolution
// CHECK-NEXT: mlc.broadcast
// CHECK-NEXT: mlc.add
// CHECK: mlc.max
// CHECK-NEXT: mlc.add
// CHECK-NEXT: mlc.yield
// CHECK: return %[[F]]
func.func @convolution(%x: tensor<2x6x3xf32>, %w: tensor<3x3x4xf32>, %b: tensor<4xf32>, %r: tensor<2x6x4xf32>) -> tensor<2x6x4xf32> {
  %0 = mlc.convolution %x, %w strides [1] low [1] dilations [1] groups 1 : tensor<2x6x3xf32>, tensor<3x3x4xf32> -> tensor<2x6x4xf32> loc("conv")
  %1 = mlc.broadcast %b dims [2] : tensor<4xf32> -> tensor<2x6x4xf32>
  %2 = mlc.add %0, %1 : tensor<2x6x4xf32>
  %zero = mlc.constant dense<0.0> : tensor<2x6x4xf32>
  %3 = mlc.max %2, %zero : tensor<2x6x4xf32>
  %4 = mlc.add %3, %r : tensor<2x6x4xf32>
  return %4 : tensor<2x6x4xf32>
}

// A contraction reads its operands from memory: even what is cheap to compute
// again is computed before.
// CHECK-LABEL: func @contraction_of_a_broadcast
// CHECK: mlc.fusion pointwise
// CHECK: mlc.broadcast
// CHECK: mlc.fusion contraction
// CHECK-NOT: mlc.broadcast
// CHECK: mlc.convolution_input
func.func @contraction_of_a_broadcast(%g: tensor<f32>, %w: tensor<3x3x4xf32>) -> tensor<2x6x3xf32> {
  %0 = mlc.broadcast %g dims [] : tensor<f32> -> tensor<2x6x4xf32>
  %1 = mlc.convolution_input %0, %w strides [1] low [1] dilations [1] groups 1 : tensor<2x6x4xf32>, tensor<3x3x4xf32> -> tensor<2x6x3xf32>
  return %1 : tensor<2x6x3xf32>
}
