using Polydev.TestKit;

namespace Polydev.Benchmarks.Burst;

/// <summary>The most that the processes below one have held at once, resident, by a look every 50 ms.</summary>
internal sealed class PeakMemory : IAsyncDisposable
{
    private static readonly TimeSpan Period = TimeSpan.FromMilliseconds(50);

    private readonly int _owner;
    private readonly int[] _besides;
    private readonly CancellationTokenSource _ending = new();
    private readonly Task<double> _peak;

    /// <param name="besides">Not these, nor what is below them.</param>
    public PeakMemory(int owner, int[] besides)
    {
        (_owner, _besides) = (owner, besides);
        _peak = Task.Run(LookAsync);
    }

    public async Task<double> EndAsync()
    {
        await _ending.CancelAsync();
        return await _peak;
    }

    public async ValueTask DisposeAsync()
    {
        await EndAsync();
        _ending.Dispose();
    }

    private async Task<double> LookAsync()
    {
        var peak = 0.0;
        using var timer = new PeriodicTimer(Period);
        while (!_ending.IsCancellationRequested)
        {
            peak = Math.Max(peak, Held());
            await timer.WaitForNextTickAsync(CancellationToken.None);
        }

        return peak;
    }

    private double Held()
    {
        var others = _besides.SelectMany(ProcessProbe.DescendantsOf).Select(process => process.Id).Concat(_besides).ToHashSet();
        return ProcessProbe.DescendantsOf(_owner).Where(process => !others.Contains(process.Id)).Sum(process => Resident(process.Id));
    }

    // One that has just ended holds nothing.
    private static double Resident(int id)
    {
        try
        {
            return ProcessFigures.ResidentMegabytes(id);
        }
        catch (Exception e) when (e is IOException or InvalidOperationException)
        {
            return 0;
        }
    }
}
