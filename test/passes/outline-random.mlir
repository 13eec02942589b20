// RUN: mlc-opt %s --mlc-fuse --mlc-outline-kernels | FileCheck %s

// Weights that are drawn alike share a kernel: which random numbers it draws is
// said by those who launch it.
// CHECK-LABEL: func @init
// CHECK: %[[S:.*]] = mlc.constant dense<1> : tensor<i32>
// CHECK: mlc.launch @one.mul(%{{.*}}, %[[S]])
// CHECK: %[[T:.*]] = mlc.constant dense<2> : tensor<i32>
// CHECK: mlc.launch @one.mul(%{{.*}}, %[[T]])
func.func @init(%key: tensor<2xi32>) -> (tensor<8xf32>, tensor<8xf32>) {
  %s = mlc.constant dense<1> : tensor<i32>
  %0 = mlc.random %key stream %s : tensor<2xi32>, tensor<i32> -> tensor<8xf32> loc("one")
  %1 = mlc.mul %0, %0 : tensor<8xf32> loc("one")
  %t = mlc.constant dense<2> : tensor<i32>
  %2 = mlc.random %key stream %t : tensor<2xi32>, tensor<i32> -> tensor<8xf32> loc("two")
  %3 = mlc.mul %2, %2 : tensor<8xf32> loc("two")
  return %1, %3 : tensor<8xf32>, tensor<8xf32>
}

// The same number elsewhere is a number like any other.
// CHECK-LABEL: func @other_reader
// CHECK: %[[N:.*]] = mlc.constant dense<1> : tensor<i32>
// CHECK: mlc.launch @{{.*}}(%{{.*}}, %[[N]]) : (tensor<2xi32>, tensor<i32>) -> tensor<8xf32>
// CHECK: mlc.launch @{{.*}}(%{{[^,)]*}}) : (tensor<i32>) -> tensor<i32>
func.func @other_reader(%key: tensor<2xi32>, %x: tensor<i32>) -> (tensor<8xf32>, tensor<i32>) {
  %s = mlc.constant dense<1> : tensor<i32>
  %0 = mlc.random %key stream %s : tensor<2xi32>, tensor<i32> -> tensor<8xf32>
  %1 = mlc.add %0, %0 : tensor<8xf32>
  %2 = mlc.add %x, %s : tensor<i32>
  return %1, %2 : tensor<8xf32>, tensor<i32>
}
// CHECK: func private @one.mul
// CHECK-NOT: func private @two
