using Polydev.Benchmarks.FirstToken;
using Polydev.Benchmarks.Relay;
using Polydev.Benchmarks.Start;

// Ratios within one run: these machines are shared and noisy, so a number alone says little.
return args.FirstOrDefault() switch
{
    "relay" => await RelayBenchmark.RunAsync(),
    "first-token" => await FirstTokenBenchmark.RunAsync(),
    "start" => await StartBenchmark.RunAsync(),
    "bare-endpoint" => await BareEndpoint.RunAsync(),
    "bare-echo" => await BareEcho.RunAsync(args[1]),
    _ => Usage(),
};

static int Usage()
{
    Console.Error.WriteLine("Benchmarks first-token | relay | start");
    return 2;
}
