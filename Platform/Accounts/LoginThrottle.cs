using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Options;

namespace Squad.Platform.Accounts;

/// <summary>
/// Counts failed sign-ins per (name, address) and per address in fixed windows, in memory of this process. Bounded: an address that is refused adds
/// nothing, and windows that have passed are dropped. Safe to use from several threads.
/// </summary>
public sealed class LoginThrottle(IOptions<AuthOptions> options, TimeProvider time)
{
    private const int EntriesMax = 50_000;

    private readonly ConcurrentDictionary<string, Window> _windows = new();

    /// <summary>How long to wait, or null if an attempt may be made.</summary>
    public TimeSpan? Wait(string username, string address)
    {
        var now = time.GetUtcNow();
        var byName = Left(NameKey(username, address), options.Value.FailuresMax, now);
        var byAddress = Left(AddressKey(address), options.Value.FailuresPerAddressMax, now);
        return byName > byAddress || byAddress is null ? byName : byAddress;
    }

    public void Failed(string username, string address)
    {
        var now = time.GetUtcNow();
        if (_windows.Count > EntriesMax)
            Prune(now);
        Count(NameKey(username, address), now);
        Count(AddressKey(address), now);
    }

    /// <summary>A success forgives the name, not the address: one own account must not buy attempts at others.</summary>
    public void Succeeded(string username, string address) => _windows.TryRemove(NameKey(username, address), out _);

    /// <summary>An address as it is counted: of IPv6 the /64 network, which one customer holds whole.</summary>
    public static string AddressOf(IPAddress? address)
    {
        if (address is null)
            return "";
        if (address.IsIPv4MappedToIPv6)
            address = address.MapToIPv4();
        return address.AddressFamily == AddressFamily.InterNetworkV6 ? Convert.ToHexString(address.GetAddressBytes().AsSpan(0, 8)) : address.ToString();
    }

    private static string NameKey(string username, string address) =>
        $"{address} {(username.Length > 64 ? username[..64] : username).ToLowerInvariant()}";

    private static string AddressKey(string address) => address;

    private TimeSpan? Left(string key, int max, DateTimeOffset now) =>
        _windows.TryGetValue(key, out var window) && window.Failures >= max && window.Ends > now ? window.Ends - now : null;

    private void Count(string key, DateTimeOffset now) => _windows.AddOrUpdate(
        key,
        _ => new Window(1, now + options.Value.FailureWindow),
        (_, window) => window.Ends > now ? window with { Failures = window.Failures + 1 } : new Window(1, now + options.Value.FailureWindow));

    private void Prune(DateTimeOffset now)
    {
        foreach (var (key, window) in _windows)
            if (window.Ends <= now)
                _windows.TryRemove(key, out _);
        // An attack from very many addresses: forgetting the half that ends first is better than growing.
        if (_windows.Count > EntriesMax)
            foreach (var (key, _) in _windows.OrderBy(w => w.Value.Ends).Take(EntriesMax / 2))
                _windows.TryRemove(key, out _);
    }

    private sealed record Window(int Failures, DateTimeOffset Ends);
}
