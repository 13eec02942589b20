// RUN: mlc-opt %s --mlc-fuse | FileCheck %s

// What a later kernel reads of an earlier one is computed there once more where
// that is cheaper than to store and load it: of x, x * x and x * x * x only x
// is in memory.
// CHECK-LABEL: func @backward
// CHECK: %[[F:.*]]:2 = mlc.fusion contraction "{{.*}}"(%arg0, %arg1)
// CHECK-DAG: %[[X:.*]] = mlc.dot_general
// CHECK-DAG: %[[R:.*]] = mlc.add
// CHECK: mlc.yield %[[X]], %[[R]]
// CHECK: mlc.fusion contraction "{{.*}}"(%[[F]]#1, %arg1)
// CHECK: mlc.fusion contraction "{{.*}}"(%{{.*}}, %arg1, %[[F]]#0)
// CHECK-NEXT: ^bb0(%[[D:[^:]*]]: tensor<1024x1024xf32>, %[[W:[^:]*]]: tensor<1024x1024xf32>, %[[Y:[^:]*]]: tensor<1024x1024xf32>)
// CHECK: %[[SQUARE:.*]] = mlc.mul %[[Y]], %[[Y]]
// CHECK: mlc.mul %[[SQUARE]], %[[Y]]
func.func @backward(%a: tensor<1024x1024xf32>, %w: tensor<1024x1024xf32>) -> (tensor<1024x1024xf32>, tensor<1024x1024xf32>) {
  %0 = mlc.dot_general %a, %w batch [] x [] contract [1] x [0] : tensor<1024x1024xf32>, tensor<1024x1024xf32> -> tensor<1024x1024xf32>
  %1 = mlc.mul %0, %0 : tensor<1024x1024xf32>
  %2 = mlc.mul %1, %0 : tensor<1024x1024xf32>
  %3 = mlc.add %0, %2 : tensor<1024x1024xf32>
  %4 = mlc.dot_general %3, %w batch [] x [] contract [1] x [0] : tensor<1024x1024xf32>, tensor<1024x1024xf32> -> tensor<1024x1024xf32>
  %5 = mlc.dot_general %4, %w batch [] x [] contract [1] x [1] : tensor<1024x1024xf32>, tensor<1024x1024xf32> -> tensor<1024x1024xf32>
  %6 = mlc.mul %5, %1 : tensor<1024x1024xf32>
  %7 = mlc.mul %6, %2 : tensor<1024x1024xf32>
  return %4, %7 : tensor<1024x1024xf32>, tensor<1024x1024xf32>
}

// A tensor that stays in a cache is loaded.
// CHECK-LABEL: func @small
// CHECK: %[[F:.*]]:2 = mlc.fusion contraction "{{.*}}"(%arg0, %arg1)
// CHECK: mlc.fusion contraction "{{.*}}"(%{{.*}}, %arg1, %[[F]]#0)
// CHECK-NEXT: ^bb0
// CHECK-NEXT: mlc.dot_general
// CHECK-NEXT: mlc.mul
// CHECK-NEXT: mlc.yield
func.func @small(%a: tensor<16x16xf32>, %w: tensor<16x16xf32>) -> (tensor<16x16xf32>, tensor<16x16xf32>) {
  %0 = mlc.dot_general %a, %w batch [] x [] contract [1] x [0] : tensor<16x16xf32>, tensor<16x16xf32> -> tensor<16x16xf32>
  %1 = mlc.tanh %0 : tensor<16x16xf32>
  %2 = mlc.add %0, %1 : tensor<16x16xf32>
  %3 = mlc.dot_general %2, %w batch [] x [] contract [1] x [0] : tensor<16x16xf32>, tensor<16x16xf32> -> tensor<16x16xf32>
  %4 = mlc.dot_general %3, %w batch [] x [] contract [1] x [1] : tensor<16x16xf32>, tensor<16x16xf32> -> tensor<16x16xf32>
  %5 = mlc.mul %4, %1 : tensor<16x16xf32>
  return %3, %5 : tensor<16x16xf32>, tensor<16x16xf32>
}

// What is kept is computed wherever it is read: no kernel is left of it.
// CHECK-LABEL: func @copied_everywhere
// CHECK: %[[X:.*]] = mlc.fusion contraction {{.*}}(%arg0, %arg1)
// CHECK-NOT: mlc.fusion pointwise
// CHECK: mlc.fusion column {{.*}}(%arg2, %arg3, %[[X]])
// CHECK: mlc.random
// CHECK: mlc.reduce
// CHECK: mlc.fusion pointwise {{.*}}(%arg2, %arg3, %[[X]], %{{.*}})
// CHECK: mlc.random
// CHECK-NOT: mlc.fusion
// CHECK: return
func.func @copied_everywhere(%a: tensor<1024x1024xf32>, %w: tensor<1024x1024xf32>, %key: tensor<2xi32>, %stream: tensor<i32>) -> tensor<1024x1024xf32> {
  %0 = mlc.dot_general %a, %w batch [] x [] contract [1] x [0] : tensor<1024x1024xf32>, tensor<1024x1024xf32> -> tensor<1024x1024xf32>
  %1 = mlc.random %key stream %stream : tensor<2xi32>, tensor<i32> -> tensor<1024xf32>
  %2 = mlc.constant dense<5.0e-01> : tensor<1024xf32>
  %3 = mlc.compare ge %1, %2 : tensor<1024xf32> -> tensor<1024xi1>
  %4 = mlc.broadcast %3 dims [1] : tensor<1024xi1> -> tensor<1024x1024xi1>
  %5 = mlc.constant dense<0.0> : tensor<1024x1024xf32>
  %6 = mlc.select %4, %0, %5 : tensor<1024x1024xi1>, tensor<1024x1024xf32>
  %weighted = mlc.mul %6, %0 : tensor<1024x1024xf32>
  %7 = mlc.reduce add %weighted dims [0] : tensor<1024x1024xf32> -> tensor<1024xf32>
  %8 = mlc.broadcast %7 dims [1] : tensor<1024xf32> -> tensor<1024x1024xf32>
  %scaled = mlc.mul %6, %8 : tensor<1024x1024xf32>
  %9 = mlc.add %scaled, %0 : tensor<1024x1024xf32>
  return %9 : tensor<1024x1024xf32>
}
