<?php
// PHP's own SoapServer for a service of SOAP's encoding: writes down what it understood.
ini_set('soap.wsdl_cache_enabled', '0');

class Stock
{
    public function Put($number, $amount, $paid, $tags, $lines)
    {
        $told = compact('number', 'amount', 'paid', 'tags', 'lines');
        file_put_contents(getenv('INBOX_TOLD'), json_encode($told, JSON_THROW_ON_ERROR));
        return 'stored';
    }
}

$server = new SoapServer(getenv('INBOX_WSDL'), ['soap_version' => getenv('INBOX_VERSION') === '1.2' ? SOAP_1_2 : SOAP_1_1]);
$server->setClass('Stock');
$server->handle();
