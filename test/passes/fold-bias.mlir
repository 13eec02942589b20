// RUN: mlc-opt %s --mlc-fold-bias --split-input-file | FileCheck %s

// What a batch normalization by its averages leaves behind a dense layer is a
// factor and a summand.
// CHECK-LABEL: func @dense
// CHECK-SAME: (%[[X:[^:]*]]: tensor<8x3xf32>, %[[W:[^:]*]]: tensor<3x5xf32>, %[[B:[^:]*]]: tensor<5xf32>, %[[S:[^:]*]]: tensor<5xf32>, %[[T:[^:]*]]: tensor<5xf32>)
// CHECK-DAG: %[[P:.*]] = mlc.dot_general %[[X]], %[[W]]
// CHECK-DAG: %[[FACTOR:.*]] = mlc.broadcast %[[S]] dims [1] : tensor<5xf32> -> tensor<8x5xf32>
// CHECK-DAG: %[[BS:.*]] = mlc.mul %[[B]], %[[S]] : tensor<5xf32>
// CHECK-DAG: %[[BST:.*]] = mlc.add %[[BS]], %[[T]] : tensor<5xf32>
// CHECK-DAG: %[[SUMMAND:.*]] = mlc.broadcast %[[BST]] dims [1] : tensor<5xf32> -> tensor<8x5xf32>
// CHECK: %[[SCALED:.*]] = mlc.mul %[[P]], %[[FACTOR]]
// CHECK-NEXT: %[[Y:.*]] = mlc.add %[[SCALED]], %[[SUMMAND]]
// CHECK-NEXT: return %[[Y]]
func.func @dense(%x: tensor<8x3xf32>, %w: tensor<3x5xf32>, %b: tensor<5xf32>, %s: tensor<5xf32>,
                 %t: tensor<5xf32>) -> tensor<8x5xf32> {
  %0 = mlc.dot_general %x, %w batch [] x [] contract [1] x [0] : tensor<8x3xf32>, tensor<3x5xf32> -> tensor<8x5xf32>
  %1 = mlc.broadcast %b dims [1] : tensor<5xf32> -> tensor<8x5xf32>
  %2 = mlc.add %0, %1 : tensor<8x5xf32>
  %3 = mlc.broadcast %s dims [1] : tensor<5xf32> -> tensor<8x5xf32>
  %4 = mlc.mul %2, %3 : tensor<8x5xf32>
  %5 = mlc.broadcast %t dims [1] : tensor<5xf32> -> tensor<8x5xf32>
  %6 = mlc.add %4, %5 : tensor<8x5xf32>
  return %6 : tensor<8x5xf32>
}

// -----

// In whatever order the operands are.
// CHECK-LABEL: func @convolution
// CHECK: %[[P:.*]] = mlc.convolution
// CHECK: %[[SCALED:.*]] = mlc.mul %[[P]], %{{.*}} : tensor<2x7x6xf32>
// CHECK-NEXT: mlc.add %[[SCALED]], %{{.*}} : tensor<2x7x6xf32>
// CHECK-NEXT: return
func.func @convolution(%x: tensor<2x9x4xf32>, %f: tensor<3x2x6xf32>, %b: tensor<6xf32>, %s: tensor<6xf32>,
                       %t: tensor<6xf32>) -> tensor<2x7x6xf32> {
  %0 = mlc.convolution %x, %f strides [1] low [0] dilations [1] groups 2 : tensor<2x9x4xf32>, tensor<3x2x6xf32> -> tensor<2x7x6xf32>
  %1 = mlc.broadcast %b dims [2] : tensor<6xf32> -> tensor<2x7x6xf32>
  %2 = mlc.add %1, %0 : tensor<2x7x6xf32>
  %3 = mlc.broadcast %s dims [2] : tensor<6xf32> -> tensor<2x7x6xf32>
  %4 = mlc.mul %3, %2 : tensor<2x7x6xf32>
  %5 = mlc.broadcast %t dims [2] : tensor<6xf32> -> tensor<2x7x6xf32>
  %6 = mlc.add %5, %4 : tensor<2x7x6xf32>
  return %6 : tensor<2x7x6xf32>
}

// -----

// An activation in between: the factor is not the product's.
// CHECK-LABEL: func @activation
// CHECK: mlc.add
// CHECK-NEXT: mlc.tanh
// CHECK: mlc.mul {{.*}} : tensor<8x5xf32>
// CHECK: mlc.add
// CHECK-NEXT: return
func.func @activation(%x: tensor<8x3xf32>, %w: tensor<3x5xf32>, %b: tensor<5xf32>, %s: tensor<5xf32>,
                      %t: tensor<5xf32>) -> tensor<8x5xf32> {
  %0 = mlc.dot_general %x, %w batch [] x [] contract [1] x [0] : tensor<8x3xf32>, tensor<3x5xf32> -> tensor<8x5xf32>
  %1 = mlc.broadcast %b dims [1] : tensor<5xf32> -> tensor<8x5xf32>
  %2 = mlc.add %0, %1 : tensor<8x5xf32>
  %tanh = mlc.tanh %2 : tensor<8x5xf32>
  %3 = mlc.broadcast %s dims [1] : tensor<5xf32> -> tensor<8x5xf32>
  %4 = mlc.mul %tanh, %3 : tensor<8x5xf32>
  %5 = mlc.broadcast %t dims [1] : tensor<5xf32> -> tensor<8x5xf32>
  %6 = mlc.add %4, %5 : tensor<8x5xf32>
  return %6 : tensor<8x5xf32>
}

// -----

// Normalized along another dimension than the bias's: they aren't of one shape,
// or are and still not of one place.
// CHECK-LABEL: func @other_dimension
// CHECK-NOT: : tensor<5xf32>{{$}}
// CHECK: return
func.func @other_dimension(%x: tensor<5x3xf32>, %w: tensor<3x5xf32>, %b: tensor<5xf32>, %s: tensor<5xf32>,
                           %t: tensor<5xf32>) -> tensor<5x5xf32> {
  %0 = mlc.dot_general %x, %w batch [] x [] contract [1] x [0] : tensor<5x3xf32>, tensor<3x5xf32> -> tensor<5x5xf32>
  %1 = mlc.broadcast %b dims [1] : tensor<5xf32> -> tensor<5x5xf32>
  %2 = mlc.add %0, %1 : tensor<5x5xf32>
  %3 = mlc.broadcast %s dims [0] : tensor<5xf32> -> tensor<5x5xf32>
  %4 = mlc.mul %2, %3 : tensor<5x5xf32>
  %5 = mlc.broadcast %t dims [0] : tensor<5xf32> -> tensor<5x5xf32>
  %6 = mlc.add %4, %5 : tensor<5x5xf32>
  return %6 : tensor<5x5xf32>
}

// -----

// What else reads the biased product needs it as it is.
// CHECK-LABEL: func @used
// CHECK: %[[P:.*]] = mlc.dot_general
// CHECK: %[[BIASED:.*]] = mlc.add %[[P]]
// CHECK: mlc.mul %[[BIASED]]
// CHECK: return %[[BIASED]]
func.func @used(%x: tensor<8x3xf32>, %w: tensor<3x5xf32>, %b: tensor<5xf32>, %s: tensor<5xf32>,
                %t: tensor<5xf32>) -> (tensor<8x5xf32>, tensor<8x5xf32>) {
  %0 = mlc.dot_general %x, %w batch [] x [] contract [1] x [0] : tensor<8x3xf32>, tensor<3x5xf32> -> tensor<8x5xf32>
  %1 = mlc.broadcast %b dims [1] : tensor<5xf32> -> tensor<8x5xf32>
  %2 = mlc.add %0, %1 : tensor<8x5xf32>
  %3 = mlc.broadcast %s dims [1] : tensor<5xf32> -> tensor<8x5xf32>
  %4 = mlc.mul %2, %3 : tensor<8x5xf32>
  %5 = mlc.broadcast %t dims [1] : tensor<5xf32> -> tensor<8x5xf32>
  %6 = mlc.add %4, %5 : tensor<8x5xf32>
  return %2, %6 : tensor<8x5xf32>, tensor<8x5xf32>
}

// -----

// Nothing is saved where there is no product: the sum may be of large terms that
// cancel.
// CHECK-LABEL: func @no_product
// CHECK: %[[SUM:.*]] = mlc.add %arg0
// CHECK: mlc.mul %[[SUM]]
func.func @no_product(%x: tensor<8x5xf32>, %b: tensor<5xf32>, %s: tensor<5xf32>, %t: tensor<5xf32>)
    -> tensor<8x5xf32> {
  %1 = mlc.broadcast %b dims [1] : tensor<5xf32> -> tensor<8x5xf32>
  %2 = mlc.add %x, %1 : tensor<8x5xf32>
  %3 = mlc.broadcast %s dims [1] : tensor<5xf32> -> tensor<8x5xf32>
  %4 = mlc.mul %2, %3 : tensor<8x5xf32>
  %5 = mlc.broadcast %t dims [1] : tensor<5xf32> -> tensor<8x5xf32>
  %6 = mlc.add %4, %5 : tensor<8x5xf32>
  return %6 : tensor<8x5xf32>
}

// -----

// In a loop, each step would compute the small tensors.
// CHECK-LABEL: func @loop
// CHECK: %[[P:.*]] = mlc.dot_general
// CHECK: %[[BIASED:.*]] = mlc.add %[[P]]
// CHECK: mlc.mul %[[BIASED]]
func.func @loop(%h: tensor<8x5xf32>, %w: tensor<5x5xf32>, %b: tensor<5xf32>, %s: tensor<5xf32>,
                %t: tensor<5xf32>) -> tensor<8x5xf32> {
  %0 = mlc.scan 4 init(%h : tensor<8x5xf32>) over() with(%w, %b, %s, %t : tensor<5x5xf32>, tensor<5xf32>, tensor<5xf32>, tensor<5xf32>) -> tensor<8x5xf32> {
  ^bb0(%c: tensor<8x5xf32>, %w1: tensor<5x5xf32>, %b1: tensor<5xf32>, %s1: tensor<5xf32>, %t1: tensor<5xf32>):
    %p = mlc.dot_general %c, %w1 batch [] x [] contract [1] x [0] : tensor<8x5xf32>, tensor<5x5xf32> -> tensor<8x5xf32>
    %1 = mlc.broadcast %b1 dims [1] : tensor<5xf32> -> tensor<8x5xf32>
    %2 = mlc.add %p, %1 : tensor<8x5xf32>
    %3 = mlc.broadcast %s1 dims [1] : tensor<5xf32> -> tensor<8x5xf32>
    %4 = mlc.mul %2, %3 : tensor<8x5xf32>
    %5 = mlc.broadcast %t1 dims [1] : tensor<5xf32> -> tensor<8x5xf32>
    %6 = mlc.add %4, %5 : tensor<8x5xf32>
    mlc.yield %6 : tensor<8x5xf32>
  }
  return %0 : tensor<8x5xf32>
}
