using Microsoft.Extensions.Logging;

namespace Polydev.TestKit.Tests;

public sealed class NoErrorLogsTests
{
    [Test]
    public void Dispose_AfterAnUnexpectedError_Fails()
    {
        var failure = FailureOf(new NoErrorLogs(), LogLevel.Error);

        Assert.That(failure, Does.Contain("disk is full"));
    }

    [Test]
    public void Dispose_AfterAnExpectedError_Passes()
    {
        var logs = new NoErrorLogs();
        logs.Expect("DiskFull");

        Assert.That(FailureOf(logs, LogLevel.Error), Is.Null);
    }

    [Test]
    public void Dispose_AfterAWarning_Passes() => Assert.That(FailureOf(new NoErrorLogs(), LogLevel.Warning), Is.Null);

    private static string? FailureOf(NoErrorLogs logs, LogLevel level)
    {
        var logger = logs.CreateLogger("Test");
        logger.Log(level, new EventId(1, "DiskFull"), "the disk is full", null, (state, _) => state);
        using (new NUnit.Framework.Internal.TestExecutionContext.IsolatedContext())
        {
            try
            {
                logs.Dispose();
                return null;
            }
            catch (AssertionException failure)
            {
                return failure.Message;
            }
        }
    }
}
