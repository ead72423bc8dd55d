<?php
// PHP's own SoapServer for the inbox's WSDL: writes down what it understood, and refuses a customer named fault.
ini_set('soap.wsdl_cache_enabled', '0');
ini_set('precision', '17');
ini_set('serialize_precision', '-1');

class Inbox
{
    public function Put($item)
    {
        if (($item->order->customer->name ?? '') === 'fault') {
            throw new SoapFault('Client', 'refused');
        }
        if (isset($item->order->bytes)) {
            $item->order->bytes = base64_encode($item->order->bytes);
        }
        file_put_contents(getenv('INBOX_TOLD'), json_encode($item, JSON_THROW_ON_ERROR | JSON_UNESCAPED_UNICODE));
        return ['status' => 'OK'];
    }

    public function PutAll($request)
    {
        $items = $request->items->item ?? [];
        $items = is_array($items) ? $items : [$items];
        $failures = [];
        foreach ($items as $index => $item) {
            if (($item->order->customer->name ?? '') === 'fault') {
                $failures[] = ['index' => $index, 'code' => 'REFUSED'];
            }
        }
        return count($failures) === 0 ? [] : ['failures' => ['failure' => $failures]];
    }
}

$server = new SoapServer(getenv('INBOX_WSDL'), [
    'soap_version' => getenv('INBOX_VERSION') === '1.2' ? SOAP_1_2 : SOAP_1_1,
    'features' => SOAP_SINGLE_ELEMENT_ARRAYS,
]);
$server->setClass('Inbox');
$server->handle();
