using Polydev.McpTunnel.Tunnel;

namespace Polydev.McpTunnel.Doctor.Checks;

/// <summary>A broker answers at its address.</summary>
internal sealed class BrokerCheck(BrokerExam exam) : IDoctorCheck
{
    public string Name => "broker";

    public bool IsVital => true;

    public async Task<CheckResult> RunAsync(CancellationToken cancellationToken)
    {
        if (exam.NotAsked is { } reason)
        {
            return CheckResult.Skipped(reason);
        }

        var answer = await exam.AnswerAsync(cancellationToken);
        var broker = exam.Settings.Broker.GetLeftPart(UriPartial.Authority);
        return answer switch
        {
            { HasAnswered: true } => CheckResult.Ok($"{broker} answers."),
            { IsTlsProblem: true } => CheckResult.Failed($"{broker} is not asked anything: no connection to it can be trusted."),
            _ => CheckResult.Failed(answer.Problem!, Remedy),
        };
    }

    private string Remedy =>
        exam.Settings.Broker.IsLoopback ? "polydev-broker serve" : $"export {TunnelSettings.UrlVariable}=ITS-ADDRESS";
}
