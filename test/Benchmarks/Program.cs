using Polydev.Benchmarks;
using Polydev.Benchmarks.Admission;
using Polydev.Benchmarks.Burst;
using Polydev.Benchmarks.FirstToken;
using Polydev.Benchmarks.Pages;
using Polydev.Benchmarks.Relay;
using Polydev.Benchmarks.Relay.Floor;
using Polydev.Benchmarks.Start;

// Ratios within one run: these machines are shared and noisy, so a number alone says little.
if (ReleaseBuild.Problem() is { } problem)
{
    await Console.Error.WriteLineAsync(problem);
    return 2;
}

return args switch
{
    ["relay", .. var options] => await RelayBenchmark.RunAsync(options),
    ["first-token"] => await FirstTokenBenchmark.RunAsync(),
    ["burst"] => await BurstBenchmark.RunAsync(),
    ["admission"] => await AdmissionBenchmark.RunAsync(),
    ["pages"] => await PagesBenchmark.RunAsync(),
    ["start"] => await StartBenchmark.RunAsync(),

    // The two processes of relay's floor.
    ["floor-endpoint"] => await FloorEndpoint.RunAsync(),
    ["floor-echo", var address] => await FloorEcho.RunAsync(address),
    _ => Usage(),
};

static int Usage()
{
    Console.Error.WriteLine("Benchmarks admission | burst | first-token | pages | start | relay [--no-targets] [whole] [streams] [large]");
    return 2;
}
