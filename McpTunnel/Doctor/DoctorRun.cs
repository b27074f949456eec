using Polydev.Shared.Text;

namespace Polydev.McpTunnel.Doctor;

/// <summary>Runs the checks beside each other. One that hangs or breaks costs its own line alone.</summary>
internal sealed class DoctorRun(IReadOnlyList<IDoctorCheck> checks, TimeProvider time)
{
    /// <summary>For all of them together.</summary>
    public static readonly TimeSpan Limit = TimeSpan.FromSeconds(58);

    /// <summary>In the order of the checks.</summary>
    public Task<CheckLine[]> RunAsync(CancellationToken cancellationToken) =>
        Task.WhenAll(checks.Select(check => RunAsync(check, cancellationToken)));

    private async Task<CheckLine> RunAsync(IDoctorCheck check, CancellationToken cancellationToken)
    {
        var result = await ResultAsync(check, cancellationToken);
        var remedy = result.Remedy is { } command ? PlainText.Line(command, PlainText.LongestMessage) : null;
        return new CheckLine(check.Name, result.Status, PlainText.Line(result.Detail, PlainText.LongestMessage), remedy)
        {
            IsVital = check.IsVital,
        };
    }

    private async Task<CheckResult> ResultAsync(IDoctorCheck check, CancellationToken cancellationToken)
    {
        try
        {
            // On a thread of its own: a file system that hangs does not listen to a token.
            return await Task.Run(() => check.RunAsync(cancellationToken), cancellationToken).WaitAsync(Limit, time, cancellationToken);
        }
        catch (TimeoutException)
        {
            return CheckResult.Failed($"This check gave no answer within {Limit.TotalSeconds:0} s.");
        }
        catch (Exception e) when (!cancellationToken.IsCancellationRequested)
        {
            return CheckResult.Failed($"This check failed inside: {e.Message}");
        }
    }
}
