// RUN: mlc-opt %s --canonicalize | FileCheck %s

// CHECK-LABEL: func @identities
// CHECK-SAME: (%[[X:[^:]*]]: tensor<4xf32>, %[[C:[^:]*]]: tensor<4xi1>)
// CHECK-NEXT: return %[[X]], %[[X]], %[[X]], %[[X]], %[[X]], %[[X]], %[[X]], %[[X]], %[[C]]
func.func @identities(%x: tensor<4xf32>, %c: tensor<4xi1>)
    -> (tensor<4xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4xi1>) {
  %zero = mlc.constant dense<0.0> : tensor<4xf32>
  %one = mlc.constant dense<1.0> : tensor<4xf32>
  %0 = mlc.add %zero, %x : tensor<4xf32>
  %1 = mlc.sub %x, %zero : tensor<4xf32>
  %2 = mlc.mul %one, %x : tensor<4xf32>
  %3 = mlc.div %x, %one : tensor<4xf32>
  %4 = mlc.neg %x : tensor<4xf32>
  %5 = mlc.neg %4 : tensor<4xf32>
  %6 = mlc.max %x, %x : tensor<4xf32>
  %7 = mlc.select %c, %x, %x : tensor<4xi1>, tensor<4xf32>
  %8 = mlc.convert %x : tensor<4xf32> -> tensor<4xf32>
  %n = mlc.not %c : tensor<4xi1>
  %m = mlc.not %n : tensor<4xi1>
  return %0, %1, %2, %3, %5, %6, %7, %8, %m
    : tensor<4xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4xi1>
}

// What differs for NaN or infinity stays.
// CHECK-LABEL: func @kept
// CHECK: mlc.mul
// CHECK: mlc.sub
// CHECK: mlc.div
func.func @kept(%x: tensor<4xf32>) -> (tensor<4xf32>, tensor<4xf32>, tensor<4xf32>) {
  %zero = mlc.constant dense<0.0> : tensor<4xf32>
  %0 = mlc.mul %x, %zero : tensor<4xf32>
  %1 = mlc.sub %x, %x : tensor<4xf32>
  %2 = mlc.div %zero, %x : tensor<4xf32>
  return %0, %1, %2 : tensor<4xf32>, tensor<4xf32>, tensor<4xf32>
}

// CHECK-LABEL: func @logic
// CHECK-SAME: (%[[C:[^:]*]]: tensor<2xi1>)
// CHECK-DAG: %[[TRUE:.*]] = mlc.constant dense<true>
// CHECK-DAG: %[[FALSE:.*]] = mlc.constant dense<false>
// CHECK-NOT: mlc.and
// CHECK: return %[[C]], %[[FALSE]], %[[C]], %[[TRUE]]
func.func @logic(%c: tensor<2xi1>) -> (tensor<2xi1>, tensor<2xi1>, tensor<2xi1>, tensor<2xi1>) {
  %true = mlc.constant dense<true> : tensor<2xi1>
  %false = mlc.constant dense<false> : tensor<2xi1>
  %0 = mlc.and %c, %true : tensor<2xi1>
  %1 = mlc.and %c, %false : tensor<2xi1>
  %2 = mlc.or %c, %false : tensor<2xi1>
  %3 = mlc.or %c, %true : tensor<2xi1>
  return %0, %1, %2, %3 : tensor<2xi1>, tensor<2xi1>, tensor<2xi1>, tensor<2xi1>
}

// CHECK-LABEL: func @arithmetic_of_splats
// CHECK-NEXT: %[[C:.*]] = mlc.constant dense<-1.250000e+00> : tensor<2x3xf64>
// CHECK-NEXT: return %[[C]]
func.func @arithmetic_of_splats() -> tensor<2x3xf64> {
  %a = mlc.constant dense<2.0> : tensor<f32>
  %b = mlc.constant dense<3> : tensor<i64>
  %0 = mlc.convert %b : tensor<i64> -> tensor<f32>
  %1 = mlc.sub %a, %0 : tensor<f32>
  %2 = mlc.mul %1, %a : tensor<f32>
  %3 = mlc.div %2, %a : tensor<f32>
  %4 = mlc.add %3, %a : tensor<f32>
  %5 = mlc.neg %4 : tensor<f32>
  %6 = mlc.broadcast %5 dims [] : tensor<f32> -> tensor<3x2xf32>
  %7 = mlc.transpose %6 permutation [1, 0] : tensor<3x2xf32> -> tensor<2x3xf32>
  %8 = mlc.convert %7 : tensor<2x3xf32> -> tensor<2x3xf64>
  %9 = mlc.constant dense<0.25> : tensor<2x3xf64>
  %10 = mlc.sub %8, %9 : tensor<2x3xf64>
  return %10 : tensor<2x3xf64>
}

// CHECK-LABEL: func @shapes_that_change_nothing
// CHECK-SAME: (%[[X:[^:]*]]: tensor<2x3xf32>)
// CHECK-NEXT: return %[[X]]
func.func @shapes_that_change_nothing(%x: tensor<2x3xf32>) -> tensor<2x3xf32> {
  %0 = mlc.broadcast %x dims [0, 1] : tensor<2x3xf32> -> tensor<2x3xf32>
  %1 = mlc.reshape %0 : tensor<2x3xf32> -> tensor<2x3xf32>
  %2 = mlc.transpose %1 permutation [0, 1] : tensor<2x3xf32> -> tensor<2x3xf32>
  %3 = mlc.slice %2 offsets [0, 0] strides [1, 1] : tensor<2x3xf32> -> tensor<2x3xf32>
  %4 = mlc.pad %3 low [0, 0] high [0, 0] interior [0, 0] : tensor<2x3xf32> -> tensor<2x3xf32>
  %5 = mlc.concatenate %4 dim 0 : tensor<2x3xf32> -> tensor<2x3xf32>
  %6 = mlc.reduce add %5 dims [] : tensor<2x3xf32> -> tensor<2x3xf32>
  return %6 : tensor<2x3xf32>
}

// CHECK-LABEL: func @shapes_that_compose
func.func @shapes_that_compose(%x: tensor<2x3xf32>, %y: tensor<9x9xf32>)
    -> (tensor<6x1xf32>, tensor<4x2x5x3xf32>, tensor<3x2xf32>, tensor<2x2xf32>) {
  // CHECK-DAG: mlc.reshape %{{.*}} : tensor<2x3xf32> -> tensor<6x1xf32>
  %0 = mlc.reshape %x : tensor<2x3xf32> -> tensor<6xf32>
  %1 = mlc.reshape %0 : tensor<6xf32> -> tensor<6x1xf32>
  // CHECK-DAG: mlc.broadcast %{{.*}} dims [1, 3] : tensor<2x3xf32> -> tensor<4x2x5x3xf32>
  %2 = mlc.broadcast %x dims [0, 2] : tensor<2x3xf32> -> tensor<2x5x3xf32>
  %3 = mlc.broadcast %2 dims [1, 2, 3] : tensor<2x5x3xf32> -> tensor<4x2x5x3xf32>
  // CHECK-DAG: mlc.transpose %{{.*}} permutation [1, 0] : tensor<2x3xf32> -> tensor<3x2xf32>
  %4 = mlc.transpose %x permutation [1, 0] : tensor<2x3xf32> -> tensor<3x2xf32>
  %5 = mlc.transpose %4 permutation [1, 0] : tensor<3x2xf32> -> tensor<2x3xf32>
  %6 = mlc.transpose %5 permutation [1, 0] : tensor<2x3xf32> -> tensor<3x2xf32>
  // CHECK-DAG: mlc.slice %{{.*}} offsets [3, 1] strides [2, 6] : tensor<9x9xf32> -> tensor<2x2xf32>
  %7 = mlc.slice %y offsets [1, 1] strides [2, 3] : tensor<9x9xf32> -> tensor<4x3xf32>
  %8 = mlc.slice %7 offsets [1, 0] strides [1, 2] : tensor<4x3xf32> -> tensor<2x2xf32>
  return %1, %3, %6, %8 : tensor<6x1xf32>, tensor<4x2x5x3xf32>, tensor<3x2xf32>, tensor<2x2xf32>
}

// Three transposes of three dimensions, whose order of composition matters.
// CHECK-LABEL: func @permutations
// CHECK-NEXT: mlc.transpose %{{.*}} permutation [2, 1, 0] : tensor<2x3x4xf32> -> tensor<4x3x2xf32>
// CHECK-NEXT: return
func.func @permutations(%x: tensor<2x3x4xf32>) -> tensor<4x3x2xf32> {
  %0 = mlc.transpose %x permutation [1, 2, 0] : tensor<2x3x4xf32> -> tensor<3x4x2xf32>
  %1 = mlc.transpose %0 permutation [1, 0, 2] : tensor<3x4x2xf32> -> tensor<4x3x2xf32>
  return %1 : tensor<4x3x2xf32>
}

// CHECK-LABEL: func @unit_dimensions
func.func @unit_dimensions(%x: tensor<2x1x3xf32>) -> (tensor<1x2x3xf32>, tensor<2x3xf32>) {
  // CHECK-DAG: mlc.reshape %{{.*}} : tensor<2x1x3xf32> -> tensor<1x2x3xf32>
  %0 = mlc.transpose %x permutation [1, 0, 2] : tensor<2x1x3xf32> -> tensor<1x2x3xf32>
  // CHECK-DAG: mlc.reshape %{{.*}} : tensor<2x1x3xf32> -> tensor<2x3xf32>
  %1 = mlc.reduce max %x dims [1] : tensor<2x1x3xf32> -> tensor<2x3xf32>
  return %0, %1 : tensor<1x2x3xf32>, tensor<2x3xf32>
}

// CHECK-LABEL: func @reduce_of_splat
// CHECK-DAG: mlc.constant dense<2.000000e+00> : tensor<2xf32>
// CHECK-DAG: mlc.reduce add
func.func @reduce_of_splat() -> (tensor<2xf32>, tensor<2xf32>) {
  %c = mlc.constant dense<2.0> : tensor<2x3xf32>
  %0 = mlc.reduce max %c dims [1] : tensor<2x3xf32> -> tensor<2xf32>
  %1 = mlc.reduce add %c dims [1] : tensor<2x3xf32> -> tensor<2xf32>
  return %0, %1 : tensor<2xf32>, tensor<2xf32>
}

// stop_gradient matters until gradients have been taken.
// CHECK-LABEL: func @stop_gradient_stays
// CHECK: mlc.stop_gradient
func.func @stop_gradient_stays(%x: tensor<2xf32>) -> tensor<2xf32> {
  %0 = mlc.stop_gradient %x : tensor<2xf32>
  return %0 : tensor<2xf32>
}

// CHECK-LABEL: func @negations
// CHECK-SAME: (%[[X:[^:]*]]: tensor<4xf32>, %[[Y:[^:]*]]: tensor<4xf32>)
// CHECK-NEXT: %[[A:.*]] = mlc.sub %[[X]], %[[Y]]
// CHECK-NEXT: %[[B:.*]] = mlc.sub %[[X]], %[[Y]]
// CHECK-NEXT: %[[C:.*]] = mlc.add %[[X]], %[[Y]]
// CHECK-NEXT: %[[D:.*]] = mlc.sub %[[Y]], %[[X]]
// CHECK-NEXT: return %[[A]], %[[B]], %[[C]], %[[D]]
func.func @negations(%x: tensor<4xf32>, %y: tensor<4xf32>)
    -> (tensor<4xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4xf32>) {
  %n = mlc.neg %y : tensor<4xf32>
  %0 = mlc.add %x, %n : tensor<4xf32>
  %1 = mlc.add %n, %x : tensor<4xf32>
  %2 = mlc.sub %x, %n : tensor<4xf32>
  %3 = mlc.sub %x, %y : tensor<4xf32>
  %4 = mlc.neg %3 : tensor<4xf32>
  return %0, %1, %2, %4 : tensor<4xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4xf32>
}

// Dividing by 8 is multiplying by 1/8; dividing by 3 isn't multiplying.
// CHECK-LABEL: func @divisions
// CHECK-DAG: %[[EIGHTH:.*]] = mlc.constant dense<1.250000e-01>
// CHECK-DAG: mlc.mul %{{.*}}, %[[EIGHTH]]
// CHECK-DAG: mlc.div
func.func @divisions(%x: tensor<4xf32>) -> (tensor<4xf32>, tensor<4xf32>) {
  %eight = mlc.constant dense<8.0> : tensor<4xf32>
  %three = mlc.constant dense<3.0> : tensor<4xf32>
  %0 = mlc.div %x, %eight : tensor<4xf32>
  %1 = mlc.div %x, %three : tensor<4xf32>
  return %0, %1 : tensor<4xf32>, tensor<4xf32>
}

// CHECK-LABEL: func @complement
// CHECK-SAME: (%[[C:[^:]*]]: tensor<4xi1>, %[[X:[^:]*]]: tensor<4xf32>, %[[Y:[^:]*]]: tensor<4xf32>)
// CHECK-NEXT: mlc.select %[[C]], %[[Y]], %[[X]]
func.func @complement(%c: tensor<4xi1>, %x: tensor<4xf32>, %y: tensor<4xf32>) -> tensor<4xf32> {
  %n = mlc.not %c : tensor<4xi1>
  %0 = mlc.select %n, %x, %y : tensor<4xi1>, tensor<4xf32>
  return %0 : tensor<4xf32>
}

// Patches side by side, or one window over everything: a product over views. Of
// a filter of one place, too, and of the places that it takes.
// CHECK-LABEL: func @convolutions_as_products
// CHECK-SAME: (%[[X:[^:]*]]: tensor<2x4x6x3xf32>, %[[W:[^:]*]]: tensor<2x3x3x5xf32>
// CHECK: %[[PATCHES:.*]] = mlc.reshape %[[X]] : tensor<2x4x6x3xf32> -> tensor<2x2x2x2x3x3xf32>
// CHECK: mlc.dot_general %[[PATCHES]], %[[W]] batch [] x [] contract [2, 4, 5] x [0, 1, 2]
// CHECK: mlc.dot_general {{.*}} contract [2, 3] x [0, 1]
// CHECK: mlc.dot_general {{.*}} contract [2, 3] x [0, 1]
// CHECK: mlc.convolution
// CHECK: %[[PLACES:.*]] = mlc.slice %{{.*}} offsets [0, 0, 0] strides [1, 2, 1] : tensor<2x4x3xf32> -> tensor<2x2x3xf32>
// CHECK: %[[PIXELS:.*]] = mlc.reshape %[[PLACES]] : tensor<2x2x3xf32> -> tensor<2x2x1x3xf32>
// CHECK: mlc.dot_general %[[PIXELS]]
func.func @convolutions_as_products(%x: tensor<2x4x6x3xf32>, %w: tensor<2x3x3x5xf32>, %s: tensor<2x4x3xf32>, %one: tensor<1x3x5xf32>, %all: tensor<4x3x5xf32>)
    -> (tensor<2x2x2x5xf32>, tensor<2x4x5xf32>, tensor<2x1x5xf32>, tensor<2x1x5xf32>, tensor<2x2x5xf32>) {
  %0 = mlc.convolution %x, %w strides [2, 3] low [0, 0] dilations [1, 1] groups 1 : tensor<2x4x6x3xf32>, tensor<2x3x3x5xf32> -> tensor<2x2x2x5xf32>
  %1 = mlc.convolution %s, %one strides [1] low [0] dilations [1] groups 1 : tensor<2x4x3xf32>, tensor<1x3x5xf32> -> tensor<2x4x5xf32>
  %2 = mlc.convolution %s, %all strides [2] low [0] dilations [1] groups 1 : tensor<2x4x3xf32>, tensor<4x3x5xf32> -> tensor<2x1x5xf32>
  %3 = mlc.convolution %s, %all strides [2] low [1] dilations [1] groups 1 : tensor<2x4x3xf32>, tensor<4x3x5xf32> -> tensor<2x1x5xf32>
  %4 = mlc.convolution %s, %one strides [2] low [0] dilations [1] groups 1 : tensor<2x4x3xf32>, tensor<1x3x5xf32> -> tensor<2x2x5xf32>
  return %0, %1, %2, %3, %4 : tensor<2x2x2x5xf32>, tensor<2x4x5xf32>, tensor<2x1x5xf32>, tensor<2x1x5xf32>, tensor<2x2x5xf32>
}

// CHECK-LABEL: func @convolution_beyond_its_input
// CHECK: mlc.convolution
func.func @convolution_beyond_its_input(%s: tensor<2x4x3xf32>, %one: tensor<1x3x5xf32>) -> tensor<2x3x5xf32> {
  %0 = mlc.convolution %s, %one strides [2] low [0] dilations [1] groups 1 : tensor<2x4x3xf32>, tensor<1x3x5xf32> -> tensor<2x3x5xf32>
  return %0 : tensor<2x3x5xf32>
}

// Zeros around the places of the input needn't be there; zeros between them, or
// in further channels, stay.
// CHECK-LABEL: func @padded_convolution
// CHECK-SAME: (%[[X:[^:]*]]: tensor<2x4x3xf32>
// CHECK: mlc.convolution %[[X]], %{{.*}} strides [2] low [3] dilations [1] groups 1 : tensor<2x4x3xf32>, tensor<3x3x5xf32> -> tensor<2x3x5xf32>
// CHECK: %[[SPREAD:.*]] = mlc.pad
// CHECK: mlc.convolution %[[SPREAD]]
// CHECK: %[[WIDER:.*]] = mlc.pad
// CHECK: mlc.convolution %[[WIDER]]
func.func @padded_convolution(%x: tensor<2x4x3xf32>, %w: tensor<3x3x5xf32>, %v: tensor<3x4x5xf32>)
    -> (tensor<2x3x5xf32>, tensor<2x5x5xf32>, tensor<2x2x5xf32>) {
  %a = mlc.pad %x low [0, 2, 0] high [0, 1, 0] interior [0, 0, 0] : tensor<2x4x3xf32> -> tensor<2x7x3xf32>
  %0 = mlc.convolution %a, %w strides [2] low [1] dilations [1] groups 1 : tensor<2x7x3xf32>, tensor<3x3x5xf32> -> tensor<2x3x5xf32>
  %b = mlc.pad %x low [0, 0, 0] high [0, 0, 0] interior [0, 1, 0] : tensor<2x4x3xf32> -> tensor<2x7x3xf32>
  %1 = mlc.convolution %b, %w strides [1] low [0] dilations [1] groups 1 : tensor<2x7x3xf32>, tensor<3x3x5xf32> -> tensor<2x5x5xf32>
  %c = mlc.pad %x low [0, 0, 0] high [0, 0, 1] interior [0, 0, 0] : tensor<2x4x3xf32> -> tensor<2x4x4xf32>
  %2 = mlc.convolution %c, %v strides [1] low [0] dilations [1] groups 1 : tensor<2x4x4xf32>, tensor<3x4x5xf32> -> tensor<2x2x5xf32>
  return %0, %1, %2 : tensor<2x3x5xf32>, tensor<2x5x5xf32>, tensor<2x2x5xf32>
}
