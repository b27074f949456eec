using System.Threading.Channels;
using Polydev.ModelProvider.Requests;

namespace Polydev.ModelProvider;

/// <summary>The last requests, bounded in number.</summary>
internal sealed class RequestLog
{
    private readonly Lock _lock = new();
    private readonly Queue<ProviderRequest> _kept = new();
    private readonly Channel<ProviderRequest> _arrivals;
    private readonly int _limit;

    public RequestLog(int limit)
    {
        _limit = limit;
        _arrivals = Channel.CreateBounded<ProviderRequest>(
            new BoundedChannelOptions(Math.Max(1, limit)) { FullMode = BoundedChannelFullMode.DropOldest });
    }

    /// <summary>The completion requests that nobody has taken yet.</summary>
    public ChannelReader<ProviderRequest> Arrivals => _arrivals.Reader;

    public IReadOnlyList<ProviderRequest> Snapshot()
    {
        lock (_lock)
        {
            return [.. _kept];
        }
    }

    public void Add(ProviderRequest request)
    {
        if (_limit == 0)
        {
            return;
        }

        lock (_lock)
        {
            _kept.Enqueue(request);
            if (_kept.Count > _limit)
            {
                _kept.Dequeue();
            }
        }

        if (request.Kind == ProviderRequestKind.Generate)
        {
            _arrivals.Writer.TryWrite(request);
        }
    }
}
