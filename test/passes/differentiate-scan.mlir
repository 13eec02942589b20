// RUN: mlc-opt %s --mlc-differentiate --mlc-simplify | FileCheck %s

// An LSTM's gradient: the forward loop stacks what the reverse loop reads, and
// the state carried in. The reverse loop carries the state's cotangents. The
// gradients of what each step reads are one contraction after the loop.
// CHECK-LABEL: func @lstm
// CHECK-SAME: (%[[H:[^:]*]]: tensor<2x3xf32>, %[[C:[^:]*]]: {{[^:]*}}, %[[X:[^:]*]]: {{[^:]*}}, %[[W:[^:]*]]: {{[^:]*}}, %[[B:[^:]*]]:
// CHECK: %[[F:.*]]:9 = mlc.scan 5 init(%[[H]], %[[C]] : {{.*}}) over(%[[X]] : {{.*}}) with(%[[W]], %[[B]] :
// CHECK: ^bb0(%[[HIN:[^:]*]]: {{[^:]*}}, %[[CIN:[^:]*]]:
// CHECK: mlc.yield %{{[^,]*}}, %{{[^,]*}}, %[[HIN]],
// CHECK: %[[R:.*]]:3 = mlc.scan 5 reverse init(%{{[^,]*}}, %{{[^,]*}} : tensor<2x3xf32>, tensor<2x3xf32>) over(
// CHECK-SAME: %[[F]]#3, %[[F]]#4, %[[F]]#5, %[[F]]#6, %[[F]]#7, %[[F]]#8 :
// CHECK-SAME: with(%[[W]] : tensor<3x4x3xf32>)
// CHECK-COUNT-1: mlc.dot_general {{.*}} contract [1, 2] x [1, 2]
// CHECK-NOT: mlc.dot_general
// CHECK: mlc.yield
// CHECK: }
// CHECK: mlc.dot_general %[[F]]#2, %[[R]]#2 batch [] x [] contract [0, 1] x [0, 1] : {{.*}} -> tensor<3x4x3xf32>
// CHECK: mlc.reduce add %[[R]]#2 dims [0, 1] : {{.*}} -> tensor<4x3xf32>
func.func @lstm(%h: tensor<2x3xf32>, %c: tensor<2x3xf32>, %x: tensor<5x2x4x3xf32>, %w: tensor<3x4x3xf32>, %b: tensor<4x3xf32>)
    -> (tensor<2x3xf32>, tensor<5x2x4x3xf32>, tensor<3x4x3xf32>, tensor<4x3xf32>) {
  %r:3 = mlc.scan 5 init(%h, %c : tensor<2x3xf32>, tensor<2x3xf32>) over(%x : tensor<5x2x4x3xf32>) with(%w, %b : tensor<3x4x3xf32>, tensor<4x3xf32>)
      -> tensor<2x3xf32>, tensor<2x3xf32>, tensor<5x2x3xf32> {
  ^bb0(%p: tensor<2x3xf32>, %q: tensor<2x3xf32>, %s: tensor<2x4x3xf32>, %k: tensor<3x4x3xf32>, %bias: tensor<4x3xf32>):
    %0 = mlc.dot_general %p, %k batch [] x [] contract [1] x [0] : tensor<2x3xf32>, tensor<3x4x3xf32> -> tensor<2x4x3xf32>
    %1 = mlc.add %0, %s : tensor<2x4x3xf32>
    %2 = mlc.broadcast %bias dims [1, 2] : tensor<4x3xf32> -> tensor<2x4x3xf32>
    %z = mlc.add %1, %2 : tensor<2x4x3xf32>
    %i0 = mlc.slice %z offsets [0, 0, 0] strides [1, 1, 1] : tensor<2x4x3xf32> -> tensor<2x1x3xf32>
    %i1 = mlc.reshape %i0 : tensor<2x1x3xf32> -> tensor<2x3xf32>
    %i = mlc.logistic %i1 : tensor<2x3xf32>
    %f0 = mlc.slice %z offsets [0, 1, 0] strides [1, 1, 1] : tensor<2x4x3xf32> -> tensor<2x1x3xf32>
    %f1 = mlc.reshape %f0 : tensor<2x1x3xf32> -> tensor<2x3xf32>
    %f = mlc.logistic %f1 : tensor<2x3xf32>
    %g0 = mlc.slice %z offsets [0, 2, 0] strides [1, 1, 1] : tensor<2x4x3xf32> -> tensor<2x1x3xf32>
    %g1 = mlc.reshape %g0 : tensor<2x1x3xf32> -> tensor<2x3xf32>
    %g = mlc.tanh %g1 : tensor<2x3xf32>
    %o0 = mlc.slice %z offsets [0, 3, 0] strides [1, 1, 1] : tensor<2x4x3xf32> -> tensor<2x1x3xf32>
    %o1 = mlc.reshape %o0 : tensor<2x1x3xf32> -> tensor<2x3xf32>
    %o = mlc.logistic %o1 : tensor<2x3xf32>
    %fc = mlc.mul %f, %q : tensor<2x3xf32>
    %ig = mlc.mul %i, %g : tensor<2x3xf32>
    %n = mlc.add %fc, %ig : tensor<2x3xf32>
    %t = mlc.tanh %n : tensor<2x3xf32>
    %y = mlc.mul %o, %t : tensor<2x3xf32>
    mlc.yield %y, %n, %y : tensor<2x3xf32>, tensor<2x3xf32>, tensor<2x3xf32>
  }
  %loss = mlc.reduce add %r#2 dims [0, 1, 2] : tensor<5x2x3xf32> -> tensor<f32>
  %gr:4 = mlc.gradient %loss wrt %h, %x, %w, %b : tensor<f32> wrt tensor<2x3xf32>, tensor<5x2x4x3xf32>, tensor<3x4x3xf32>, tensor<4x3xf32>
  return %gr#0, %gr#1, %gr#2, %gr#3 : tensor<2x3xf32>, tensor<5x2x4x3xf32>, tensor<3x4x3xf32>, tensor<4x3xf32>
}

// What is a matter of a comparison, or a slice of an input, is not stacked: only
// one value is.
// CHECK-LABEL: func @computed_again
// CHECK: %[[F:.*]]:3 = mlc.scan 5
// CHECK: mlc.yield
// CHECK: mlc.scan 5 reverse init({{.*}}) over(%[[F]]#1, %{{[^,]*}}, %[[F]]#2 :
// CHECK: mlc.compare gt
// CHECK: mlc.yield
func.func @computed_again(%h: tensor<3xf32>, %x: tensor<5x3xf32>) -> (tensor<3xf32>, tensor<5x3xf32>) {
  %r:2 = mlc.scan 5 init(%h : tensor<3xf32>) over(%x : tensor<5x3xf32>) with() -> tensor<3xf32>, tensor<5x3xf32> {
  ^bb0(%c: tensor<3xf32>, %s: tensor<3xf32>):
    %zero = mlc.constant dense<0.0> : tensor<3xf32>
    %0 = mlc.mul %c, %s : tensor<3xf32>
    %1 = mlc.max %0, %zero : tensor<3xf32>
    mlc.yield %1, %1 : tensor<3xf32>, tensor<3xf32>
  }
  %loss = mlc.reduce add %r#1 dims [0, 1] : tensor<5x3xf32> -> tensor<f32>
  %g:2 = mlc.gradient %loss wrt %h, %x : tensor<f32> wrt tensor<3xf32>, tensor<5x3xf32>
  return %g#0, %g#1 : tensor<3xf32>, tensor<5x3xf32>
}

// A sum over steps that is neither a product nor a reduction is carried.
// CHECK-LABEL: func @added_up
// CHECK: mlc.scan 5 init
// CHECK: %[[R:.*]]:2 = mlc.scan 5 reverse init(%{{.*}}, %{{.*}} : tensor<3xf32>, tensor<3xf32>)
// CHECK: return %[[R]]#1
func.func @added_up(%h: tensor<3xf32>, %w: tensor<3xf32>) -> tensor<3xf32> {
  %r = mlc.scan 5 init(%h : tensor<3xf32>) over() with(%w : tensor<3xf32>) -> tensor<3xf32> {
  ^bb0(%c: tensor<3xf32>, %k: tensor<3xf32>):
    %0 = mlc.mul %c, %k : tensor<3xf32>
    %1 = mlc.tanh %0 : tensor<3xf32>
    mlc.yield %1 : tensor<3xf32>
  }
  %loss = mlc.reduce add %r dims [0] : tensor<3xf32> -> tensor<f32>
  %g = mlc.gradient %loss wrt %w : tensor<f32> wrt tensor<3xf32>
  return %g : tensor<3xf32>
}

// Where steps don't depend on each other, the gradient of what they share needs
// no loop.
// CHECK-LABEL: func @no_loop
// CHECK-SAME: (%[[X:[^:]*]]: {{[^:]*}}, %[[W:[^:]*]]:
// CHECK-NOT: mlc.scan
// CHECK: %[[G:.*]] = mlc.dot_general %[[X]], %{{.*}} contract [0, 1] x [0, 1]
// CHECK: return %[[G]]
func.func @no_loop(%x: tensor<5x2x3xf32>, %w: tensor<3x4xf32>) -> tensor<3x4xf32> {
  %r = mlc.scan 5 init() over(%x : tensor<5x2x3xf32>) with(%w : tensor<3x4xf32>) -> tensor<5x2x4xf32> {
  ^bb0(%s: tensor<2x3xf32>, %k: tensor<3x4xf32>):
    %0 = mlc.dot_general %s, %k batch [] x [] contract [1] x [0] : tensor<2x3xf32>, tensor<3x4xf32> -> tensor<2x4xf32>
    mlc.yield %0 : tensor<2x4xf32>
  }
  %loss = mlc.reduce add %r dims [0, 1, 2] : tensor<5x2x4xf32> -> tensor<f32>
  %g = mlc.gradient %loss wrt %w : tensor<f32> wrt tensor<3x4xf32>
  return %g : tensor<3x4xf32>
}

// Of a gate, what its kernel picks is stacked, not the slice it is reshaped from.
// CHECK-LABEL: func @gate_stacked
// CHECK: mlc.scan 5 {{.*}} -> tensor<2x3xf32>, tensor<5x2x3xf32>{{.*}} {
// CHECK-NOT: tensor<5x2x1x3xf32>
// CHECK: return
func.func @gate_stacked(%h: tensor<2x3xf32>, %w: tensor<3x2x3xf32>) -> tensor<3x2x3xf32> {
  %r = mlc.scan 5 init(%h : tensor<2x3xf32>) over() with(%w : tensor<3x2x3xf32>) -> tensor<2x3xf32> {
  ^bb0(%c: tensor<2x3xf32>, %k: tensor<3x2x3xf32>):
    %0 = mlc.dot_general %c, %k batch [] x [] contract [1] x [0] : tensor<2x3xf32>, tensor<3x2x3xf32> -> tensor<2x2x3xf32>
    %1 = mlc.slice %0 offsets [0, 0, 0] strides [1, 1, 1] : tensor<2x2x3xf32> -> tensor<2x1x3xf32>
    %2 = mlc.reshape %1 : tensor<2x1x3xf32> -> tensor<2x3xf32>
    %3 = mlc.slice %0 offsets [0, 1, 0] strides [1, 1, 1] : tensor<2x2x3xf32> -> tensor<2x1x3xf32>
    %4 = mlc.reshape %3 : tensor<2x1x3xf32> -> tensor<2x3xf32>
    %5 = mlc.mul %2, %4 : tensor<2x3xf32>
    mlc.yield %5 : tensor<2x3xf32>
  }
  %loss = mlc.reduce add %r dims [0, 1] : tensor<2x3xf32> -> tensor<f32>
  %g = mlc.gradient %loss wrt %w : tensor<f32> wrt tensor<3x2x3xf32>
  return %g : tensor<3x2x3xf32>
}
