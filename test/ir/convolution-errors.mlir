// RUN: mlc-opt %s -split-input-file -verify-diagnostics

func.func @convolution_rank(%x: tensor<2x5xf32>, %w: tensor<5x3xf32>) -> tensor<2x3xf32> {
  // expected-error @+1 {{expected an input of rank 3 or more, found 2}}
  %0 = mlc.convolution %x, %w strides [] low [] dilations [] groups 1 : tensor<2x5xf32>, tensor<5x3xf32> -> tensor<2x3xf32>
  return %0 : tensor<2x3xf32>
}

// -----

func.func @convolution_channels(%x: tensor<2x5x4xf32>, %w: tensor<3x3x6xf32>) -> tensor<2x3x6xf32> {
  // expected-error @+1 {{channels of the input: expected 3, found 4}}
  %0 = mlc.convolution %x, %w strides [1] low [0] dilations [1] groups 1 : tensor<2x5x4xf32>, tensor<3x3x6xf32> -> tensor<2x3x6xf32>
  return %0 : tensor<2x3x6xf32>
}

// -----

func.func @convolution_groups(%x: tensor<2x5x4xf32>, %w: tensor<3x2x5xf32>) -> tensor<2x3x5xf32> {
  // expected-error @+1 {{filters beyond whole groups: expected 0, found 1}}
  %0 = mlc.convolution %x, %w strides [1] low [0] dilations [1] groups 2 : tensor<2x5x4xf32>, tensor<3x2x5xf32> -> tensor<2x3x5xf32>
  return %0 : tensor<2x3x5xf32>
}

// -----

func.func @convolution_stride(%x: tensor<2x5x4xf32>, %w: tensor<3x4x5xf32>) -> tensor<2x3x5xf32> {
  // expected-error @+1 {{strides: expected positive numbers, found 0}}
  %0 = mlc.convolution %x, %w strides [0] low [0] dilations [1] groups 1 : tensor<2x5x4xf32>, tensor<3x4x5xf32> -> tensor<2x3x5xf32>
  return %0 : tensor<2x3x5xf32>
}

// -----

func.func @convolution_window(%x: tensor<2x5x4xf32>, %w: tensor<3x4x5xf32>) -> tensor<2x3x5xf32> {
  // expected-error @+1 {{expected 1 low, one for each dimension; found [0, 0]}}
  %0 = mlc.convolution %x, %w strides [1] low [0, 0] dilations [1] groups 1 : tensor<2x5x4xf32>, tensor<3x4x5xf32> -> tensor<2x3x5xf32>
  return %0 : tensor<2x3x5xf32>
}

// -----

func.func @convolution_filter_output(%x: tensor<2x5x4xf32>, %y: tensor<3x3x5xf32>) -> tensor<3x4x5xf32> {
  // expected-error @+1 {{batch of the output: expected 2, found 3}}
  %0 = mlc.convolution_filter %x, %y strides [1] low [0] dilations [1] groups 1 : tensor<2x5x4xf32>, tensor<3x3x5xf32> -> tensor<3x4x5xf32>
  return %0 : tensor<3x4x5xf32>
}
