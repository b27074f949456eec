using System.Globalization;

namespace Polydev.McpTunnel.Doctor.Checks;

/// <summary>
/// This machine's clock and the broker's say the same, by the <c>Date</c> of its answer. Certificates, vendors' logins and the resets of
/// windows go by clocks.
/// </summary>
internal sealed class BrokerClockCheck(BrokerExam exam) : IDoctorCheck
{
    /// <summary>The header is in whole seconds, and an answer may take some.</summary>
    public static readonly TimeSpan Bearable = TimeSpan.FromSeconds(60);

    public string Name => "broker clock";

    public async Task<CheckResult> RunAsync(CancellationToken cancellationToken)
    {
        var answer = await exam.AnswerAsync(cancellationToken);
        if (answer.Sight.Ahead is not { } ahead)
        {
            return CheckResult.Skipped("The broker has told no time.");
        }

        var apart = ahead.Duration();
        var span = string.Create(
            CultureInfo.InvariantCulture,
            $"{(apart.TotalSeconds < 600 ? apart.TotalSeconds : apart.TotalMinutes):0} {(apart.TotalSeconds < 600 ? "s" : "min")}");
        return apart > Bearable
            ? CheckResult.Warning(
                $"This machine's clock is {span} {(ahead > TimeSpan.Zero ? "behind" : "ahead of")} the broker's.", ClockCommand.Set)
            : CheckResult.Ok("This machine's clock and the broker's agree.");
    }
}

/// <summary>Sets the clock by the network.</summary>
internal static class ClockCommand
{
    public static string Set { get; } = OperatingSystem.IsWindows() ? "w32tm /resync"
        : OperatingSystem.IsMacOS() ? "sudo sntp -sS time.apple.com"
        : "sudo timedatectl set-ntp true";
}
