// RUN: mlc-opt %s --mlc-fuse | FileCheck %s

// What follows windows is done where their results are; so is what goes before,
// if each element is in one window and nobody else reads it.
// CHECK-LABEL: func @mean
// CHECK: %[[F:.*]] = mlc.fusion window "pool.reduce_window"(%{{[^,]*}}) : (tensor<2x8x3xf32>) -> tensor<2x4x3xf32>
// CHECK: mlc.tanh
// CHECK: mlc.reduce_window add
// CHECK: mlc.mul
// CHECK-NEXT: mlc.yield
// CHECK-NOT: mlc.fusion
// CHECK: return %[[F]]
func.func @mean(%x: tensor<2x8x3xf32>) -> tensor<2x4x3xf32> {
  %0 = mlc.tanh %x : tensor<2x8x3xf32> loc("hidden")
  %1 = mlc.reduce_window add %0 window [1, 2, 1] strides [1, 2, 1] low [0, 0, 0] : tensor<2x8x3xf32> -> tensor<2x4x3xf32> loc("pool")
  %h = mlc.constant dense<0.5> : tensor<2x4x3xf32>
  %2 = mlc.mul %1, %h : tensor<2x4x3xf32> loc("pool")
  return %2 : tensor<2x4x3xf32>
}

// Elements of several windows would be computed several times.
// CHECK-LABEL: func @overlapping
// CHECK: mlc.fusion pointwise
// CHECK: mlc.tanh
// CHECK: mlc.fusion window
// CHECK: mlc.reduce_window max
func.func @overlapping(%x: tensor<2x8x3xf32>) -> tensor<2x7x3xf32> {
  %0 = mlc.tanh %x : tensor<2x8x3xf32>
  %1 = mlc.reduce_window max %0 window [1, 2, 1] strides [1, 1, 1] low [0, 0, 0] : tensor<2x8x3xf32> -> tensor<2x7x3xf32>
  return %1 : tensor<2x7x3xf32>
}

// Nor can they be stored from where the windows are walked.
// CHECK-LABEL: func @needed_elsewhere
// CHECK: mlc.fusion pointwise
// CHECK: mlc.tanh
// CHECK: mlc.fusion window
func.func @needed_elsewhere(%x: tensor<2x8x3xf32>) -> (tensor<2x8x3xf32>, tensor<2x4x3xf32>) {
  %0 = mlc.tanh %x : tensor<2x8x3xf32>
  %1 = mlc.reduce_window max %0 window [1, 2, 1] strides [1, 2, 1] low [0, 0, 0] : tensor<2x8x3xf32> -> tensor<2x4x3xf32>
  return %0, %1 : tensor<2x8x3xf32>, tensor<2x4x3xf32>
}

// The gradient of a maximum, with that of what the layer before it did.
// CHECK-LABEL: func @gradient
// CHECK: mlc.fusion window "pool.select_window"
// CHECK: mlc.select_window max
// CHECK: mlc.compare gt
// CHECK: mlc.select
// CHECK-NOT: mlc.fusion
// CHECK: return
func.func @gradient(%x: tensor<2x8x3xf32>, %g: tensor<2x4x3xf32>) -> tensor<2x8x3xf32> {
  %0 = mlc.select_window max %x, %g window [1, 2, 1] strides [1, 2, 1] low [0, 0, 0] : tensor<2x8x3xf32>, tensor<2x4x3xf32> -> tensor<2x8x3xf32> loc("pool")
  %z = mlc.constant dense<0.0> : tensor<2x8x3xf32>
  %1 = mlc.compare gt %x, %z : tensor<2x8x3xf32> -> tensor<2x8x3xi1>
  %2 = mlc.select %1, %0, %z : tensor<2x8x3xi1>, tensor<2x8x3xf32>
  return %2 : tensor<2x8x3xf32>
}

// Two kernels: they go over different windows.
// CHECK-LABEL: func @two_windows
// CHECK-COUNT-2: mlc.fusion window
func.func @two_windows(%x: tensor<2x8x3xf32>) -> tensor<2x2x3xf32> {
  %0 = mlc.reduce_window max %x window [1, 2, 1] strides [1, 2, 1] low [0, 0, 0] : tensor<2x8x3xf32> -> tensor<2x4x3xf32>
  %1 = mlc.reduce_window max %0 window [1, 2, 1] strides [1, 2, 1] low [0, 0, 0] : tensor<2x4x3xf32> -> tensor<2x2x3xf32>
  return %1 : tensor<2x2x3xf32>
}
