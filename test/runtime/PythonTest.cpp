//===-- PythonTest.cpp - files exchanged with Python ----------------------===//
//
// Part of mlc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Runs where a python3 with numpy and safetensors is in the path, or is named
// by the environment's MLC_TEST_PYTHON.
//
//===----------------------------------------------------------------------===//

#include "FakeModel.h"
#include "TestSupport.h"
#include "runtime/Checkpoint.h"
#include "runtime/Readers.h"
#include "runtime/Safetensors.h"
#include "runtime/Writers.h"

#include <cstdlib>

namespace mlc::runtime {

namespace {

class PythonTest : public FileTest {
protected:
  void SetUp() override {
    if (!run("import numpy, safetensors.numpy"))
      GTEST_SKIP() << "python3 with numpy and safetensors is not here";
  }
  bool run(const std::string &program) const {
    const char *python = std::getenv("MLC_TEST_PYTHON");
    std::string script = write("program.py", program);
    std::string command = std::string("cd '") + directory.string() + "' && '" +
                          (python ? python : "python3") + "' '" + script +
                          "' >output 2>&1";
    return std::system(command.c_str()) == 0;
  }
  std::string output() const { return read(path("output")); }
};

TEST_F(PythonTest, ReadsOurArrays) {
  Array array = makeArray<float>(DType::F32, {2, 3}, {1, 2, 3, 4, 5, 6});
  Array labels = makeArray<int64_t>(DType::I64, {2}, {7, -8});
  ASSERT_OK(writeNpy(path("a.npy"), array));
  ASSERT_OK(writeNpz(path("a.npz"), {{"x", array}, {"y", labels}}));
  EXPECT_TRUE(run(R"(
import numpy
expected = numpy.arange(1, 7, dtype=numpy.float32).reshape(2, 3)
a = numpy.load("a.npy")
assert a.dtype == numpy.float32 and (a == expected).all()
z = numpy.load("a.npz")
assert list(z) == ["x", "y"] and (z["x"] == expected).all()
assert z["y"].dtype == numpy.int64 and z["y"].tolist() == [7, -8]
)")) << output();
}

TEST_F(PythonTest, WritesArraysForUs) {
  ASSERT_TRUE(run(R"(
import numpy
a = numpy.arange(24).reshape(2, 3, 4)
numpy.save("c.npy", a.astype(">f8"))
numpy.save("f.npy", numpy.asfortranarray(a.astype(numpy.uint16)))
numpy.savez_compressed("d.npz", only=a.astype(bool))
)")) << output();
  for (const char *name : {"c.npy", "f.npy"}) {
    auto array = readArray({path(name), "", {}});
    ASSERT_OK(array);
    EXPECT_EQ(valuesText(*array),
              "0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23");
  }
  auto array = readArray({path("d.npz"), "", {}});
  ASSERT_OK(array);
  EXPECT_EQ(array->dtype, DType::Bool);
  EXPECT_EQ(elementText(*array, 23), "1");
}

TEST_F(PythonTest, ExchangesCheckpoints) {
  auto session = Session::create(fakeModel());
  ASSERT_OK(session);
  ASSERT_OK(session->init(9));
  ASSERT_OK(
      saveCheckpoint(path("a.safetensors"), *session, {2, 1, 9, true, 8}));
  ASSERT_TRUE(run(R"(
import numpy, safetensors, safetensors.numpy
t = safetensors.numpy.load_file("a.safetensors")
assert t["dense/kernel"].shape == (3, 1)
assert t["step"].dtype == numpy.int64 and t["step"].shape == ()
assert "optimizer/group/bias/momentum" in t and "metrics/loss" in t
with safetensors.safe_open("a.safetensors", "numpy") as f:
    assert f.metadata()["epoch"] == "2" and f.metadata()["model"] == "fake"
safetensors.numpy.save_file(
    {"dense/kernel": numpy.array([[1], [2], [3]], numpy.float32),
     "group/bias": numpy.zeros((5, 1), numpy.float32)}, "b.safetensors")
)")) << output();
  ASSERT_OK(loadWeights(path("b.safetensors"), *session));
  EXPECT_EQ(reinterpret_cast<const float *>(session->state())[2], 3);
}

} // namespace

} // namespace mlc::runtime
