//===-- runtime/Session.cpp - a compiled model at work --------------------===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "runtime/Session.h"

#include <cstring>

namespace mlc::runtime {

const mlc_function *findFunction(const mlc_model &model, const char *name) {
  for (int32_t i = 0; i < model.function_count; ++i)
    if (std::strcmp(model.functions[i].name, name) == 0)
      return &model.functions[i];
  return nullptr;
}

namespace {

/// Room for a scalar result of either float dtype.
struct Scalar {
  alignas(double) std::byte bytes[sizeof(double)] = {};

  double value(int32_t dtype) const {
    float single;
    double wide;
    std::memcpy(&single, bytes, sizeof single);
    std::memcpy(&wide, bytes, sizeof wide);
    return dtype == MLC_F64 ? wide : static_cast<double>(single);
  }
};

Error outOfMemory(const mlc_model &model) {
  return makeError("not enough memory for model '", model.name, "': it takes ",
                   model.state_bytes, " bytes of state and ",
                   model.workspace_bytes, " of workspace");
}

} // namespace

Session::Session(const mlc_model &model)
    : descriptor(&model), stateBlock(model.state_bytes),
      metricBlock(model.metrics_bytes), workspace(model.workspace_bytes) {}

Expected<Session> Session::create(const mlc_model &model) {
  if (model.abi_version != MLC_ABI_VERSION)
    return makeError("this model was compiled for version ", model.abi_version,
                     " of the binary interface, this runtime has version ",
                     MLC_ABI_VERSION, ": compile the model again");
  try {
    return Session(model);
  } catch (const std::bad_alloc &) {
    return outOfMemory(model);
  }
}

Expected<const mlc_function *> Session::function(const char *name) const {
  if (const mlc_function *found = findFunction(*descriptor, name))
    return found;
  return makeError("model '", descriptor->name, "' has no function '", name,
                   "'; without a loss in the model file it can only predict, "
                   "and what generates is made when asked for");
}

Status Session::init(uint64_t seed) {
  auto entry = function("init");
  if (!entry)
    return entry.takeError();
  const void *inputs[] = {&seed};
  mlc_status status = (*entry)->call(stateBlock.data(), workspace.data(),
                                     inputs, nullptr, descriptor->batch);
  if (status != MLC_OK)
    return statusError("init", status);
  return {};
}

Expected<double> Session::lossOf(const char *name, const BatchBuffer &batch,
                                 AlignedBlock &sums) {
  auto entry = function(name);
  if (!entry)
    return entry.takeError();
  const mlc_function &function = **entry;
  Scalar loss;
  int32_t dtype = MLC_F32;
  constexpr int32_t mostOutputs = 2; // the loss and the metrics
  void *outputs[mostOutputs] = {};
  if (function.output_count > mostOutputs)
    return makeError("function ", name, " has ", function.output_count,
                     " results, expected the loss and the metrics block");
  for (int32_t i = 0; i < function.output_count; ++i) {
    bool isLoss = function.outputs[i].role == MLC_LOSS;
    outputs[i] = isLoss ? static_cast<void *>(loss.bytes) : sums.data();
    dtype = isLoss ? function.outputs[i].dtype : dtype;
  }
  mlc_status status = function.call(stateBlock.data(), workspace.data(),
                                    batch.inputs(), outputs, batch.rows());
  if (status != MLC_OK)
    return batch.explain(status, name);
  return loss.value(dtype);
}

Expected<double> Session::trainStep(const BatchBuffer &batch) {
  return lossOf("train_step", batch, metricBlock);
}

Expected<double> Session::evaluateStep(const BatchBuffer &batch) {
  return lossOf("evaluate_step", batch, metricBlock);
}

Expected<Metrics> Session::metrics() const {
  auto entry = function("metrics");
  if (!entry)
    return entry.takeError();
  const mlc_function &function = **entry;
  size_t count = static_cast<size_t>(function.output_count);
  std::vector<Scalar> values(count);
  std::vector<void *> outputs(count);
  for (size_t i = 0; i < count; ++i)
    outputs[i] = values[i].bytes;
  // The function only reads the sums; the state is not its business.
  const void *inputs[] = {metricBlock.data()};
  mlc_status status = function.call(nullptr, workspace.data(), inputs,
                                    outputs.data(), descriptor->batch);
  if (status != MLC_OK)
    return statusError("metrics", status);
  Metrics metrics;
  for (size_t i = 0; i < count; ++i)
    metrics.push_back(
        {function.outputs[i].name, values[i].value(function.outputs[i].dtype)});
  return metrics;
}

Expected<Metrics> Session::evaluate(const Dataset &data) {
  try {
    AlignedBlock running(descriptor->metrics_bytes);
    std::swap(running, metricBlock); // the sums of an epoch in progress
    BatchBuffer batch(data, descriptor->batch);
    Status done;
    for (int64_t begin = 0; done && begin < data.rows();
         begin += descriptor->batch) {
      batch.gather(nullptr, begin);
      if (auto loss = evaluateStep(batch); !loss)
        done = loss.takeError();
    }
    auto result = done ? metrics() : Expected<Metrics>(done.takeError());
    std::swap(running, metricBlock);
    return result;
  } catch (const std::bad_alloc &) {
    return outOfMemory(*descriptor);
  }
}

Status Session::predictBatch(const mlc_function &function,
                             const BatchBuffer &batch, int64_t begin,
                             std::vector<NamedArray> &outputs) {
  std::vector<void *> pointers;
  for (NamedArray &output : outputs) {
    int64_t rowBytes =
        static_cast<int64_t>(output.array.bytes.size()) / output.array.rows();
    pointers.push_back(output.array.bytes.data() + begin * rowBytes);
  }
  mlc_status status =
      function.call(stateBlock.data(), workspace.data(), batch.inputs(),
                    pointers.data(), batch.rows());
  return status == MLC_OK ? Status() : batch.explain(status, function.name);
}

Expected<std::vector<NamedArray>> Session::predict(const Dataset &data) {
  auto entry = function("predict");
  if (!entry)
    return entry.takeError();
  const mlc_function &function = **entry;
  try {
    std::vector<NamedArray> outputs;
    for (int32_t i = 0; i < function.output_count; ++i) {
      const mlc_tensor &tensor = function.outputs[i];
      auto dtype = fromAbi(tensor.dtype);
      if (!dtype)
        return makeError("output '", tensor.name,
                         "' has a dtype that this runtime doesn't know");
      NamedArray output{tensor.name, {*dtype, {data.rows()}, {}, false}};
      output.array.shape.insert(output.array.shape.end(), tensor.shape + 1,
                                tensor.shape + tensor.rank);
      auto bytes = byteCount(*dtype, output.array.shape);
      if (!bytes)
        return outOfMemory(*descriptor);
      output.array.bytes.resize(static_cast<size_t>(*bytes));
      outputs.push_back(std::move(output));
    }
    BatchBuffer batch(data, descriptor->batch);
    for (int64_t begin = 0; begin < data.rows(); begin += descriptor->batch) {
      batch.gather(nullptr, begin);
      if (auto done = predictBatch(function, batch, begin, outputs); !done)
        return done.takeError();
    }
    return outputs;
  } catch (const std::bad_alloc &) {
    return outOfMemory(*descriptor);
  }
}

Status Session::generateStep(int32_t id, int32_t position,
                             std::vector<float> &scores) {
  auto entry = function("generate_step");
  if (!entry)
    return entry.takeError();
  const mlc_tensor &output = (*entry)->outputs[0];
  if (output.dtype != MLC_F32)
    return makeError("generating takes a model in single precision");
  scores.resize(static_cast<size_t>(output.bytes) / sizeof(float));
  const void *inputs[] = {&id, &position};
  void *outputs[] = {scores.data()};
  mlc_status status =
      (*entry)->call(stateBlock.data(), workspace.data(), inputs, outputs, 1);
  if (status == MLC_OK)
    return {};
  if (mlc_status_code(status) != MLC_OUT_OF_RANGE)
    return statusError("generate_step", status);
  const mlc_tensor &input = (*entry)->inputs[mlc_status_input(status)];
  return makeError("'", input.name, "' is ",
                   mlc_status_input(status) == 0 ? id : position,
                   ", expected one in [0, ", input.range, ")");
}

int64_t Session::step() const {
  for (int32_t i = 0; i < descriptor->state_count; ++i) {
    const mlc_tensor &tensor = descriptor->state[i];
    if (tensor.role != MLC_STEP)
      continue;
    int64_t step = 0;
    std::memcpy(&step, state() + tensor.offset, sizeof step);
    return step;
  }
  return 0;
}

} // namespace mlc::runtime
