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

// Windows of which no two overlap are combined where the convolution makes their
// elements, and what is computed of them too.
// CHECK-LABEL: func @pooled
// CHECK: %[[F:.*]] = mlc.fusion contraction "conv.convolution"
// CHECK: mlc.convolution
// CHECK: mlc.max
// CHECK: mlc.reduce_window add
// CHECK: mlc.mul
// CHECK-NEXT: mlc.yield
// CHECK: return %[[F]]
func.func @pooled(%x: tensor<16x6x3xf32>, %w: tensor<3x3x4xf32>) -> tensor<16x3x4xf32> {
  %0 = mlc.convolution %x, %w strides [1] low [1] dilations [1] groups 1 : tensor<16x6x3xf32>, tensor<3x3x4xf32> -> tensor<16x6x4xf32> loc("conv")
  %zero = mlc.constant dense<0.0> : tensor<16x6x4xf32>
  %1 = mlc.max %0, %zero : tensor<16x6x4xf32>
  %2 = mlc.reduce_window add %1 window [1, 2, 1] strides [1, 2, 1] low [0, 0, 0] : tensor<16x6x4xf32> -> tensor<16x3x4xf32>
  %half = mlc.constant dense<0.5> : tensor<16x3x4xf32>
  %3 = mlc.mul %2, %half : tensor<16x3x4xf32>
  return %3 : tensor<16x3x4xf32>
}

// Not those that reach beyond the border, or into each other, nor where images
// are few, of which threads could share out only whole ones.
// CHECK-LABEL: func @not_pooled
// CHECK-COUNT-3: mlc.fusion window
// CHECK: return
func.func @not_pooled(%x: tensor<16x6x3xf32>, %w: tensor<3x3x4xf32>, %few: tensor<15x6x3xf32>)
    -> (tensor<16x3x4xf32>, tensor<16x4x4xf32>, tensor<15x3x4xf32>) {
  %0 = mlc.convolution %x, %w strides [1] low [1] dilations [1] groups 1 : tensor<16x6x3xf32>, tensor<3x3x4xf32> -> tensor<16x6x4xf32>
  %1 = mlc.reduce_window max %0 window [1, 3, 1] strides [1, 2, 1] low [0, 1, 0] : tensor<16x6x4xf32> -> tensor<16x3x4xf32>
  %2 = mlc.reduce_window max %0 window [1, 2, 1] strides [1, 2, 1] low [0, 1, 0] : tensor<16x6x4xf32> -> tensor<16x4x4xf32>
  %3 = mlc.convolution %few, %w strides [1] low [1] dilations [1] groups 1 : tensor<15x6x3xf32>, tensor<3x3x4xf32> -> tensor<15x6x4xf32>
  %4 = mlc.reduce_window max %3 window [1, 2, 1] strides [1, 2, 1] low [0, 0, 0] : tensor<15x6x4xf32> -> tensor<15x3x4xf32>
  return %1, %2, %4 : tensor<16x3x4xf32>, tensor<16x4x4xf32>, tensor<15x3x4xf32>
}
