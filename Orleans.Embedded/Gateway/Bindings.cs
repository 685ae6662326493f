using System.Reflection;
using Orleans.Serialization;

namespace Orleans.Gateway;

/// <summary>
/// Which number stands for which method on one connection, each direction on its own. Whoever calls names an interface with all its methods before
/// the first call of one; the other end looks at once whether it has the same, so that two versions of a program that have parted say so by name.
/// </summary>
internal sealed class Bindings
{
    private readonly Dictionary<MethodInfo, (int Interface, int Method)> _sent = [];
    private readonly List<Bound[]> _received = [];
    private int _count;

    /// <summary>A method of the peer, or why it cannot be called.</summary>
    public readonly record struct Bound(RemoteMethod? Method, string? Problem);

    /// <summary>The numbers of a method. True when its interface is new: <see cref="WriteBind"/> must go first. Not safe from several threads.</summary>
    public bool Number(RemoteMethod method, out (int Interface, int Method) numbers, out RemoteInterface? added)
    {
        added = null;
        if (_sent.TryGetValue(method.Method, out numbers)) return false;
        added = RemoteInterface.Of(method.Method.DeclaringType!);
        for (var i = 0; i < added.Methods.Length; i++) _sent[added.Methods[i].Method] = (_count, i);
        _count++;
        numbers = _sent[method.Method];
        return true;
    }

    public static void WriteBind(WireWriter writer, RemoteInterface bound)
    {
        writer.Text(bound.Name);
        writer.Varint((uint)bound.Methods.Length);
        foreach (var method in bound.Methods)
        {
            writer.Text(method.Name);
            writer.Text(method.Signature);
        }
    }

    /// <summary>Takes a Bind frame.</summary>
    public void Receive(WireReader reader)
    {
        var name = reader.Text();
        var found = TypeNames.Find(name) is { IsInterface: true } type && typeof(Runtime.IAddressable).IsAssignableFrom(type) ? RemoteInterface.Of(type) : null;
        var bound = new Bound[reader.Count()];
        for (var i = 0; i < bound.Length; i++)
        {
            var (method, signature) = (reader.Text(), reader.Text());
            bound[i] = Match(found, name, method, signature);
        }
        _received.Add(bound);
    }

    /// <exception cref="WireFormatException">No such numbers were bound.</exception>
    public Bound this[ulong @interface, ulong method] =>
        @interface < (ulong)_received.Count && _received[(int)@interface] is var methods && method < (ulong)methods.Length
            ? methods[method] : throw new WireFormatException($"Nothing is bound to {@interface}, {method}.");

    private static Bound Match(RemoteInterface? found, string name, string method, string signature)
    {
        if (found is null) return new Bound(null, $"No interface here has the alias '{name}'.");
        var candidates = Array.FindAll(found.Methods, candidate => candidate.Name == method);
        if (candidates.Length == 0) return new Bound(null, $"'{name}' has no method '{method}' here. The two ends are of different versions.");
        return Array.Find(candidates, candidate => candidate.Signature == signature) is { } same
            ? new Bound(same, null)
            : new Bound(null, $"'{name}' has '{method}' as {candidates[0].Signature} here, and as {signature} at the caller. The two ends are of different versions.");
    }
}
