using System.Collections.Concurrent;
using Google.Protobuf;
using Polydev.Broker.Errors;
using Polydev.Broker.Exchange;
using Polydev.Broker.Keys;
using Polydev.Broker.Limits;
using Polydev.Broker.Presence;
using Polydev.Broker.Routing;
using Polydev.Protos.V1;
using Polydev.Shared.Tunnel;

namespace Polydev.Broker.Stored;

/// <summary>
/// Responses that callers come back to. They stand in the memory of the tunnels that answered, each for the key that made it
/// (docs/designs/0009); here they only pass.
/// </summary>
internal sealed class StoredResponses(
    ITunnelDirectory directory, IWorkExchange exchange, BodyMemory memory, TimeProvider time, ILogger<StoredResponses> logger)
{
    /// <summary>Of all that one request finds: what a body may come to.</summary>
    public const int MostBytes = 32_000_000;

    private static readonly ApiError TooLarge = new(
        ApiErrorKind.TooLarge,
        $"The conversation is too large: the responses that it goes on from come to more than {MostBytes / 1_000_000} MB.");

    // Large ones travel in parts, which what is asked next overtakes: who asks for one that is still on its way waits for it.
    private readonly ConcurrentDictionary<(string Key, string Id), Task> _arriving = new();

    /// <summary>Looks on all machines of the caller's account that are online; where one is on its way back, for some seconds.</summary>
    /// <param name="previous">This one, and all that it goes on from; null: none.</param>
    /// <param name="others">These alone.</param>
    /// <returns>What was found, which need not be all. To be disposed.</returns>
    /// <exception cref="ApiException">It comes to over 32 MB, or there is no memory for it.</exception>
    public async Task<FoundResponses> FindAsync(
        Credential caller, string? previous, IReadOnlyCollection<string> others, CancellationToken cancellationToken)
    {
        var found = new FoundResponses(memory, MostBytes);
        try
        {
            if (previous is not null)
            {
                await FindAsync(caller, found, () => found.MissingOf(previous), withPrevious: true, cancellationToken);
            }

            await FindAsync(caller, found, () => found.MissingOf(others), withPrevious: false, cancellationToken);
            return found;
        }
        catch
        {
            found.Dispose();
            throw;
        }
    }

    /// <summary>Makes the tunnel of this route hold a response. Never throws: where it cannot be, nobody will find it.</summary>
    /// <param name="record">The dialect's, in one line.</param>
    /// <returns>Ends when it is there.</returns>
    public Task PutAsync(Credential caller, ModelRoute route, string id, string? previous, ReadOnlyMemory<byte> record)
    {
        var (key, there) = ((caller.Id, id), new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
        _arriving[key] = there.Task;
        return SendAsync();

        async Task SendAsync()
        {
            var put = new PutResponse { Id = id, PreviousId = previous ?? string.Empty, Data = UnsafeByteOperations.UnsafeWrap(record) };
            try
            {
                await AskAsync(route.SessionId, new StoreRequest { Owner = caller.Id, Put = put }, null, CancellationToken.None);
            }
            finally
            {
                _arriving.TryRemove(key, out _);
                there.SetResult();
            }
        }
    }

    /// <summary>True where it was there.</summary>
    public async Task<bool> RemoveAsync(Credential caller, string id, CancellationToken cancellationToken)
    {
        await WhenArrivedAsync(caller, [id], cancellationToken);
        var wasThere = false;
        foreach (var tunnel in (await directory.FindAsync(caller.AccountId, cancellationToken)).Online.Where(IsAsked))
        {
            using var reply = new BodyBlock(memory, MostBytes);
            var request = new StoreRequest { Owner = caller.Id, Remove = new RemoveResponse { Id = id } };
            await AskAsync(tunnel.SessionId, request, reply, cancellationToken);
            wasThere |= reply.Bytes.Length > 0;
        }

        return wasThere;
    }

    // Each machine in turn, and once more while that brings anything: a chain may stand on several.
    private async Task FindAsync(
        Credential caller,
        FoundResponses found,
        Func<IReadOnlyList<string>> missing,
        bool withPrevious,
        CancellationToken cancellationToken)
    {
        using var patience = new CancellationTokenSource(ModelRouter.ReturnLimit, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, cancellationToken);
        while (missing() is { Count: > 0 } ids)
        {
            await WhenArrivedAsync(caller, ids, cancellationToken);
            var (before, tunnels) = (found.Count, await directory.FindAsync(caller.AccountId, cancellationToken));
            foreach (var tunnel in tunnels.Online.Where(IsAsked))
            {
                var find = new FindResponses { Ids = { missing() }, WithPrevious = withPrevious };
                if (find.Ids.Count > 0)
                {
                    await AskAsync(tunnel.SessionId, new StoreRequest { Owner = caller.Id, Find = find }, found.Block, cancellationToken);
                    found.TakeReply();
                }
            }

            if (found.Count == before && !(tunnels.IsAwaited && await ChangesAsync(tunnels, either.Token, cancellationToken)))
            {
                return;
            }
        }
    }

    // False: nothing has come back in time.
    private async Task<bool> ChangesAsync(AccountTunnels tunnels, CancellationToken either, CancellationToken cancellationToken)
    {
        try
        {
            await directory.WaitForChangeAsync(tunnels, either);
            return true;
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return false;
        }
    }

    private async Task WhenArrivedAsync(Credential caller, IReadOnlyList<string> ids, CancellationToken cancellationToken)
    {
        foreach (var id in ids)
        {
            if (_arriving.TryGetValue((caller.Id, id), out var there))
            {
                await there.WaitAsync(cancellationToken);
            }
        }
    }

    private static bool IsAsked(OnlineTunnel tunnel) => tunnel is { Stores: true, IsDraining: false };

    // Bounded as a call is: by the silence of its tunnel.
    private async Task AskAsync(string sessionId, StoreRequest request, BodyBlock? reply, CancellationToken cancellationToken)
    {
        var item = new WorkItem
        {
            WorkId = $"store_{Guid.NewGuid():N}",
            Provider = TunnelProtocol.StoreProvider,
            InitialCredit = TunnelProtocol.CreditWindow,
            Store = request,
        };
        await using var work = exchange.Start(new ModelRoute(sessionId, item.Provider, string.Empty, []), item);
        while (work is not null && await work.WaitToReadAsync(cancellationToken))
        {
            while (work.TryRead(out var next))
            {
                if (next.Failed is { } failed)
                {
                    StoredLog.NotAnswered(logger, request.KindCase, failed.Kind);
                }
                else if (next.Text is { } text && reply is not null && !await reply.AddAsync(text.Text, cancellationToken))
                {
                    throw new ApiException(TooLarge);
                }
            }
        }
    }
}
