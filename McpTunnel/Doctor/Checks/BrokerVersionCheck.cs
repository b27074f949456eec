using Polydev.McpTunnel.Diagnostics;
using Polydev.Shared.Text;
using Polydev.Shared.Tunnel;

namespace Polydev.McpTunnel.Doctor.Checks;

/// <summary>The broker and this program understand each other: versions may differ, protocols may not.</summary>
internal sealed class BrokerVersionCheck(BrokerExam exam) : IDoctorCheck
{
    public string Name => "broker version";

    public bool IsVital => true;

    public async Task<CheckResult> RunAsync(CancellationToken cancellationToken)
    {
        var answer = await exam.AnswerAsync(cancellationToken);
        if (answer is not { Address: { } address })
        {
            return answer.HasAnswered
                ? CheckResult.Warning("The broker does not tell its version.")
                : CheckResult.Skipped("The broker was not reached.");
        }

        var theirs = $"the broker {PlainText.Line(address.Version ?? "of unknown version")}";
        return address.Protocol switch
        {
            TunnelProtocol.Version => CheckResult.Ok(
                $"This is polydev-mcp {ToolVersion.Text}, {theirs}; both speak protocol {TunnelProtocol.Version}."),
            > TunnelProtocol.Version => CheckResult.Failed(
                $"{Differ(theirs, address.Protocol)}, and is the newer: update this one.",
                "dotnet publish McpTunnel -c Release    # of the broker's version"),
            _ => CheckResult.Failed(
                $"{Differ(theirs, address.Protocol)}, and is the older: update it.", "polydev-broker serve    # of this version"),
        };
    }

    private static string Differ(string theirs, int protocol) =>
        $"This polydev-mcp ({ToolVersion.Text}) speaks protocol {TunnelProtocol.Version}; {theirs} speaks {protocol}";
}
