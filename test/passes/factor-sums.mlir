// RUN: mlc-opt %s --mlc-factor-sums --mlc-simplify | FileCheck %s

// What is the same in all terms of a sum is multiplied with the sum; so both
// are one sum.
// CHECK-LABEL: func @normalization
// CHECK: %[[P:.*]] = mlc.mul %arg0, %arg1 : tensor<8x6x4xf32>
// CHECK: %[[S:.*]] = mlc.reduce add %[[P]] dims [0, 1]
// CHECK-NOT: mlc.reduce
// CHECK: %[[A:.*]] = mlc.mul %[[S]], %arg2 : tensor<4xf32>
// CHECK: mlc.mul %[[S]], %{{.*}} : tensor<4xf32>
func.func @normalization(%g: tensor<8x6x4xf32>, %x: tensor<8x6x4xf32>, %c: tensor<4xf32>, %d: tensor<4xf32>) -> (tensor<4xf32>, tensor<4xf32>) {
  %0 = mlc.broadcast %c dims [2] : tensor<4xf32> -> tensor<8x6x4xf32>
  %1 = mlc.broadcast %d dims [2] : tensor<4xf32> -> tensor<8x6x4xf32>
  %2 = mlc.mul %g, %0 : tensor<8x6x4xf32>
  %3 = mlc.mul %2, %x : tensor<8x6x4xf32>
  %4 = mlc.reduce add %3 dims [0, 1] : tensor<8x6x4xf32> -> tensor<4xf32>
  %5 = mlc.mul %x, %1 : tensor<8x6x4xf32>
  %6 = mlc.mul %5, %g : tensor<8x6x4xf32>
  %7 = mlc.reduce add %6 dims [0, 1] : tensor<8x6x4xf32> -> tensor<4xf32>
  return %4, %7 : tensor<4xf32>, tensor<4xf32>
}

// Signs, numbers and scalars, too; dimensions are those of the result.
// CHECK-LABEL: func @middle
// CHECK: %[[S:.*]] = mlc.reduce add %arg0 dims [1]
// CHECK: %[[B:.*]] = mlc.broadcast %arg1 dims [1] : tensor<4xf32> -> tensor<8x4xf32>
// CHECK: %[[C:.*]] = mlc.mul %[[S]], %[[B]]
// CHECK: mlc.neg
func.func @middle(%x: tensor<8x6x4xf32>, %c: tensor<4xf32>) -> tensor<8x4xf32> {
  %0 = mlc.broadcast %c dims [2] : tensor<4xf32> -> tensor<8x6x4xf32>
  %1 = mlc.mul %x, %0 : tensor<8x6x4xf32>
  %2 = mlc.neg %1 : tensor<8x6x4xf32>
  %3 = mlc.reduce add %2 dims [1] : tensor<8x6x4xf32> -> tensor<8x4xf32>
  return %3 : tensor<8x4xf32>
}

// A factor that differs from term to term stays, and so does a largest one.
// CHECK-LABEL: func @stays
// CHECK: %[[A:.*]] = mlc.mul
// CHECK: mlc.reduce add %[[A]] dims [2]
// CHECK: mlc.reduce max %[[A]] dims [0]
func.func @stays(%x: tensor<8x6x4xf32>, %c: tensor<4xf32>) -> (tensor<8x6xf32>, tensor<6x4xf32>) {
  %0 = mlc.broadcast %c dims [2] : tensor<4xf32> -> tensor<8x6x4xf32>
  %1 = mlc.mul %x, %0 : tensor<8x6x4xf32>
  %2 = mlc.reduce add %1 dims [2] : tensor<8x6x4xf32> -> tensor<8x6xf32>
  %3 = mlc.reduce max %1 dims [0] : tensor<8x6x4xf32> -> tensor<6x4xf32>
  return %2, %3 : tensor<8x6xf32>, tensor<6x4xf32>
}

// What is summed already is not summed again as a part of something else: nor
// is that waited for.
// CHECK-LABEL: func @addends
// CHECK: %[[G:.*]] = mlc.reduce add %arg0 dims [0, 1]
// CHECK: %[[A:.*]] = mlc.mul %[[G]], %arg2 : tensor<4xf32>
// CHECK: %[[X:.*]] = mlc.reduce add %arg1 dims [0, 1]
// CHECK: mlc.add %[[A]], %[[X]] : tensor<4xf32>
// CHECK: mlc.add %{{.*}}, %[[X]] : tensor<4xf32>
// CHECK-NOT: mlc.reduce
func.func @addends(%g: tensor<8x6x4xf32>, %x: tensor<8x6x4xf32>, %c: tensor<4xf32>) -> (tensor<4xf32>, tensor<4xf32>) {
  %0 = mlc.reduce add %g dims [0, 1] : tensor<8x6x4xf32> -> tensor<4xf32>
  %1 = mlc.broadcast %c dims [2] : tensor<4xf32> -> tensor<8x6x4xf32>
  %2 = mlc.mul %g, %1 : tensor<8x6x4xf32>
  %3 = mlc.add %2, %x : tensor<8x6x4xf32>
  %4 = mlc.add %3, %x : tensor<8x6x4xf32>
  %5 = mlc.reduce add %4 dims [0, 1] : tensor<8x6x4xf32> -> tensor<4xf32>
  return %0, %5 : tensor<4xf32>, tensor<4xf32>
}

// A common factor of only some places.
// CHECK-LABEL: func @masked
// CHECK: %[[M:.*]] = mlc.select %arg1, %arg0, %{{.*}} : tensor<8x4xi1>, tensor<8x4xf32>
// CHECK: %[[S:.*]] = mlc.reduce add %[[M]] dims [0]
// CHECK: mlc.mul %[[S]], %arg2 : tensor<4xf32>
func.func @masked(%x: tensor<8x4xf32>, %m: tensor<8x4xi1>, %c: tensor<4xf32>) -> tensor<4xf32> {
  %zero = mlc.constant dense<0.0> : tensor<8x4xf32>
  %0 = mlc.broadcast %c dims [1] : tensor<4xf32> -> tensor<8x4xf32>
  %1 = mlc.select %m, %0, %zero : tensor<8x4xi1>, tensor<8x4xf32>
  %2 = mlc.mul %x, %1 : tensor<8x4xf32>
  %3 = mlc.reduce add %2 dims [0] : tensor<8x4xf32> -> tensor<4xf32>
  return %3 : tensor<4xf32>
}

// Unknown sums stay one, and so do those of rows.
// CHECK-LABEL: func @one_sum
// CHECK: mlc.reduce add %{{.*}} dims [0] : tensor<8x4xf32>
// CHECK-NOT: mlc.reduce add %{{.*}} dims [0]
// CHECK: mlc.reduce add %arg0 dims [1]
// CHECK: %[[A:.*]] = mlc.add %arg0, %arg1 : tensor<8x4xf32>
// CHECK: mlc.reduce add %[[A]] dims [1]
func.func @one_sum(%x: tensor<8x4xf32>, %y: tensor<8x4xf32>) -> (tensor<4xf32>, tensor<8xf32>, tensor<8xf32>) {
  %0 = mlc.exp %x : tensor<8x4xf32>
  %1 = mlc.add %0, %y : tensor<8x4xf32>
  %2 = mlc.reduce add %1 dims [0] : tensor<8x4xf32> -> tensor<4xf32>
  %3 = mlc.reduce add %x dims [1] : tensor<8x4xf32> -> tensor<8xf32>
  %4 = mlc.add %x, %y : tensor<8x4xf32>
  %5 = mlc.reduce add %4 dims [1] : tensor<8x4xf32> -> tensor<8xf32>
  return %2, %3, %5 : tensor<4xf32>, tensor<8xf32>, tensor<8xf32>
}

// Every term is a multiple of what flows back, once: the rest is a derivative,
// which does not wait for that.
// CHECK-LABEL: func @derivative
// CHECK: %[[A:.*]] = mlc.mul %arg1, %arg2
// CHECK: %[[C:.*]] = mlc.add %arg3, %[[A]]
// CHECK: %[[B:.*]] = mlc.mul %[[A]], %arg2
// CHECK: %[[D:.*]] = mlc.sub %[[C]], %[[B]]
// CHECK: %[[E:.*]] = mlc.add %[[D]], %{{.*}}
// CHECK: mlc.mul %arg0, %[[E]]
func.func @derivative(%g: tensor<8x4xf32>, %a: tensor<8x4xf32>, %b: tensor<8x4xf32>, %c: tensor<8x4xf32>) -> tensor<8x4xf32> {
  %0 = mlc.mul %g, %a : tensor<8x4xf32>
  %1 = mlc.mul %0, %b : tensor<8x4xf32>
  %2 = mlc.mul %1, %b : tensor<8x4xf32>
  %3 = mlc.mul %c, %g : tensor<8x4xf32>
  %4 = mlc.add %3, %1 : tensor<8x4xf32>
  %5 = mlc.sub %4, %2 : tensor<8x4xf32>
  %6 = mlc.add %5, %g : tensor<8x4xf32>
  return %6 : tensor<8x4xf32>
}

// Not where a term is without the factor, or has its square, nor of what is
// needed elsewhere; nor where there is one multiplication as it is.
// CHECK-LABEL: func @not_linear
// CHECK: mlc.add %{{.*}}, %arg2
// CHECK: mlc.add %{{.*}}, %{{.*}}
// CHECK: %[[C:.*]] = mlc.mul %arg0, %arg2
// CHECK: mlc.add %{{.*}}, %[[C]]
// CHECK: mlc.add %{{.*}}, %arg0
func.func @not_linear(%g: tensor<8xf32>, %a: tensor<8xf32>, %b: tensor<8xf32>) -> (tensor<8xf32>, tensor<8xf32>, tensor<8xf32>, tensor<8xf32>, tensor<8xf32>) {
  %0 = mlc.mul %g, %a : tensor<8xf32>
  %1 = mlc.add %0, %b : tensor<8xf32>
  %2 = mlc.mul %g, %g : tensor<8xf32>
  %3 = mlc.mul %g, %a : tensor<8xf32>
  %4 = mlc.add %2, %3 : tensor<8xf32>
  %5 = mlc.mul %g, %b : tensor<8xf32>
  %6 = mlc.mul %g, %a : tensor<8xf32>
  %7 = mlc.add %6, %5 : tensor<8xf32>
  %8 = mlc.mul %g, %a : tensor<8xf32>
  %9 = mlc.add %8, %g : tensor<8xf32>
  return %1, %4, %5, %7, %9 : tensor<8xf32>, tensor<8xf32>, tensor<8xf32>, tensor<8xf32>, tensor<8xf32>
}
