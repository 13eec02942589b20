// RUN: mlc-opt %s -split-input-file -verify-diagnostics

func.func @window_of_other_rank(%x: tensor<4x6xf32>) {
  // expected-error @+1 {{expected 2 window, one for each dimension; found [2]}}
  %0 = mlc.reduce_window max %x window [2] strides [2, 1] low [0, 0] : tensor<4x6xf32> -> tensor<2x6xf32>
  return
}

// -----

func.func @window_of_nothing(%x: tensor<4x6xf32>) {
  // expected-error @+1 {{window: expected positive numbers, found 0}}
  %0 = mlc.reduce_window max %x window [0, 1] strides [2, 1] low [0, 0] : tensor<4x6xf32> -> tensor<2x6xf32>
  return
}

// -----

func.func @window_outside(%x: tensor<4x6xf32>) {
  // expected-error @+1 {{dimension 0: a window lies outside of the elements}}
  %0 = mlc.reduce_window add %x window [2, 1] strides [2, 1] low [2, 0] : tensor<4x6xf32> -> tensor<3x6xf32>
  return
}

// -----

func.func @window_behind(%x: tensor<3x6xf32>) {
  // expected-error @+1 {{dimension 0: a window lies outside of the elements}}
  %0 = mlc.spread_window %x window [2, 1] strides [2, 1] low [0, 0] : tensor<3x6xf32> -> tensor<4x6xf32>
  return
}

// -----

func.func @select_by_sum(%x: tensor<4x6xf32>, %y: tensor<2x6xf32>) {
  // expected-error @+1 {{expected kind max or min, found add}}
  %0 = mlc.select_window add %x, %y window [2, 1] strides [2, 1] low [0, 0] : tensor<4x6xf32>, tensor<2x6xf32> -> tensor<4x6xf32>
  return
}

// -----

func.func @pick_from_another_shape(%x: tensor<4x6xf32>, %y: tensor<4x5xf32>) {
  // expected-error @+3 {{operand does not fit}}
  // expected-note @+2 {{expected shape: [4, 6]}}
  // expected-note @+1 {{found shape: [4, 5]}}
  %0 = mlc.pick_window max %x, %y window [2, 1] strides [2, 1] low [0, 0] : tensor<4x6xf32>, tensor<4x5xf32> -> tensor<2x5xf32>
  return
}
