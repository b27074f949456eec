using Polydev.McpTunnel.Tunnel;

namespace Polydev.McpTunnel.Doctor.Checks;

/// <summary>The broker's tunnel service, which speaks gRPC at an address of its own, is reached, through whatever lies between.</summary>
internal sealed class TunnelServiceCheck(BrokerExam exam) : IDoctorCheck
{
    public string Name => "tunnel service";

    public bool IsVital => true;

    public async Task<CheckResult> RunAsync(CancellationToken cancellationToken)
    {
        var answer = await exam.AnswerAsync(cancellationToken);
        var end = await exam.KnockAsync(cancellationToken);
        var grpc = exam.Settings.Grpc ?? answer.Address?.Grpc;
        return end switch
        {
            null => CheckResult.Skipped("The broker was not reached, and tells where it is."),
            { Kind: ConnectionEndKind.Lost } => CheckResult.Failed(end.Message, $"export {TunnelSettings.GrpcVariable}=ITS-ADDRESS"),
            _ => CheckResult.Ok($"{grpc?.GetLeftPart(UriPartial.Authority)} answers."),
        };
    }
}
